#include "eval/likelihood/levels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "diffusion/denoiser.h"

namespace tess2::eval {
namespace {

using diffusion::DenoiserInput;
using diffusion::Schedule;

constexpr std::int64_t kTimesteps = 5000;
constexpr std::int64_t kVocab = 3;

/// Knows how often each token comes and no more. For tokens drawn independently with these
/// frequencies it is the exact posterior: log p(v | s) = log p(v) + 2 a z_v / σ² + const for
/// s = k z, a the signal and σ the noise of the level. `sharpness` other than 1 makes it wrong.
class FrequencyDenoiser final : public diffusion::Denoiser {
 public:
  explicit FrequencyDenoiser(std::array<double, kVocab> frequencies, double sharpness = 1.0)
      : frequencies_(frequencies), sharpness_(sharpness) {}
  std::int64_t vocab_size() const override { return kVocab; }
  at::Tensor predict(const DenoiserInput& input) override {
    with_previous += input.previous.defined() ? 1 : 0;
    const Schedule schedule(diffusion::ScheduleKind::kSquaredCosImproved, kTimesteps);
    at::Tensor logits = input.simplex.to_dense(kVocab).clone();
    for (std::int64_t n = 0; n < logits.size(0); ++n) {
      const auto b = static_cast<std::size_t>(input.canvas.row_sequence(n));
      const auto level = schedule.level(std::llround(input.times[b] * kTimesteps));
      const double scale =
          2.0 * level.signal / level.noise / level.noise / diffusion::kSimplexValue;
      for (std::int64_t v = 0; v < kVocab; ++v) {
        const double z = logits[n][v].item<double>();
        logits[n][v] =
            sharpness_ * (std::log(frequencies_[static_cast<std::size_t>(v)]) + scale * z);
      }
    }
    return logits;
  }
  int with_previous = 0;

 private:
  std::array<double, kVocab> frequencies_;
  double sharpness_;
};

/// 40 tokens after a start token: 20, 12 and 8 times 0, 1 and 2.
ScoredText mixed_text() {
  ScoredText text;
  text.ids.push_back(0);
  for (const std::int64_t count : {20, 12, 8}) {
    text.ids.insert(text.ids.end(), static_cast<std::size_t>(count),
                    text.ids.size() == 1 ? 0 : text.ids.back() + 1);
  }
  return text;
}
constexpr std::array<double, kVocab> kFrequencies{0.5, 0.3, 0.2};

// -log p of a token of mixed_text, on average.
double entropy_of_text() {
  double sum = 0.0;
  for (const double p : kFrequencies) sum -= p * std::log(p);
  return sum;
}

struct Mean {
  double value = 0.0;
  double error = 0.0;  ///< its standard error
};

/// The bound a token over seeds.
Mean mean_bound(diffusion::Denoiser& denoiser, std::int64_t levels, std::size_t level,
                std::uint64_t seeds) {
  LevelSettings settings;
  settings.levels = levels;
  std::vector<double> values;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const auto found = look_at_levels(denoiser, mixed_text(), 0, 0, seed, settings);
    values.push_back(bound_of(found, level) / static_cast<double>(found.tokens));
  }
  const auto count = static_cast<double>(values.size());
  Mean mean;
  mean.value = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0.0;
  for (const double value : values) squares += std::pow(value - mean.value, 2);
  mean.error = std::sqrt(squares / (count - 1) / count);
  return mean;
}

TEST(Bound, OfTheExactPosteriorIsTheEntropyAtWhateverLevelTokensAreRead) {
  FrequencyDenoiser exact(kFrequencies);
  for (const std::size_t level : {0U, 4U, 9U}) {
    const Mean bound = mean_bound(exact, 10, level, 60);
    EXPECT_LT(bound.error, 0.03) << level;
    EXPECT_NEAR(bound.value, entropy_of_text(), 4 * bound.error + 1e-3) << level;
  }
}

TEST(Bound, OfWrongFrequenciesIsTheirCrossEntropy) {
  // Each is the exact posterior of tokens with other frequencies, under which the text costs this.
  for (const auto& wrong : {std::array{1.0 / 3, 1.0 / 3, 1.0 / 3}, std::array{0.1, 0.2, 0.7}}) {
    double cost = 0.0;
    for (std::size_t v = 0; v < wrong.size(); ++v) cost -= kFrequencies[v] * std::log(wrong[v]);
    FrequencyDenoiser denoiser(wrong);
    const Mean bound = mean_bound(denoiser, 10, 3, 60);
    EXPECT_NEAR(bound.value, cost, 4 * bound.error + 1e-3);
    EXPECT_GT(bound.value, entropy_of_text() + 0.02);
  }
}

TEST(Bound, OfOneThatIsTooSureOrNotSureEnoughIsLarger) {
  FrequencyDenoiser blunt(kFrequencies, 0.25);
  FrequencyDenoiser rash(kFrequencies, 4.0);
  for (FrequencyDenoiser* wrong : {&blunt, &rash}) {
    const Mean bound = mean_bound(*wrong, 10, 4, 60);
    EXPECT_GT(bound.value - 4 * bound.error, entropy_of_text() + 0.05);
  }
}

TEST(Bound, DoesNotDependOnTheNumberOfRanges) {
  FrequencyDenoiser blunt(kFrequencies, 0.5);
  // One range reads the tokens at any level at all; the mean over ten ranges is the same mean.
  const Mean one = mean_bound(blunt, 1, 0, 400);
  Mean ten;
  for (std::size_t level = 0; level < 10; ++level) {
    const Mean part = mean_bound(blunt, 10, level, 40);
    ten.value += part.value / 10;
    ten.error += part.error / 10;
  }
  EXPECT_NEAR(one.value, ten.value, 4 * std::hypot(one.error, ten.error));
}

TEST(Levels, AConstantPredictionCostsWhatTheFormulasSay) {
  FrequencyDenoiser constant({1.0 / 3, 1.0 / 3, 1.0 / 3}, 0.0);
  LevelSettings settings;
  settings.levels = 4;
  const auto found = look_at_levels(constant, mixed_text(), 0, 0, 7, settings);
  const Schedule schedule(settings.schedule, settings.timesteps);
  ASSERT_EQ(found.samples.size(), 4U);
  EXPECT_EQ(found.tokens, 40);
  for (std::size_t i = 0; i < 4; ++i) {
    const LevelSample& sample = found.samples[i];
    EXPECT_NEAR(sample.loss, 40 * std::log(3.0), 1e-4);
    // KL of the two Gaussians of the step, from the posterior's own mean and variance.
    const double now = schedule.alpha_bar(sample.t), before = schedule.alpha_bar(sample.t - 1);
    const double beta = 1 - now / before;
    const double mean_factor = std::sqrt(before) * beta / (1 - now);
    const double variance = (1 - before) / (1 - now) * beta;
    const double distance = 40 * 4 * (4.0 / 9 + 2.0 / 9);  // of simplexes of ±1
    const double cost = mean_factor * mean_factor * distance / (2 * variance);
    const auto bounds = level_bounds(schedule, 4);
    EXPECT_NEAR(sample.step_cost / static_cast<double>(bounds[i + 1] - bounds[i]), cost,
                2e-3 * cost);
    EXPECT_NEAR(sample.part_cost / static_cast<double>(sample.t - bounds[i]), cost, 2e-3 * cost);
    EXPECT_GE(sample.t, bounds[i]);
    EXPECT_LT(sample.t, bounds[i + 1]);
  }
  EXPECT_NEAR(
      bound_of(found, 2),
      found.prior + found.samples[2].loss + found.samples[2].part_cost + found.samples[3].step_cost,
      1e-9);
}

TEST(Levels, PaddingCostsWithoutCountingAsTokens) {
  FrequencyDenoiser constant({1.0 / 3, 1.0 / 3, 1.0 / 3}, 0.0);
  LevelSettings settings;
  settings.levels = 2;
  const auto found = look_at_levels(constant, mixed_text(), 61, 2, 7, settings);
  EXPECT_EQ(found.tokens, 40);
  EXPECT_NEAR(found.samples[0].loss, 40 * std::log(3.0), 1e-4);
  EXPECT_NEAR(found.samples[0].all_loss, 60 * std::log(3.0), 1e-4);
  const auto bare = look_at_levels(constant, mixed_text(), 0, 2, 7, settings);
  EXPECT_NEAR(found.samples[0].step_cost, 1.5 * bare.samples[0].step_cost, 1e-6);
  EXPECT_NEAR(found.prior, 1.5 * bare.prior, 1e-12);
}

TEST(Levels, WhatIsGivenIsNotScored) {
  FrequencyDenoiser constant({1.0 / 3, 1.0 / 3, 1.0 / 3}, 0.0);
  ScoredText text = mixed_text();
  text.first = 31;
  LevelSettings settings;
  settings.levels = 2;
  EXPECT_NEAR(look_at_levels(constant, text, 0, 0, 7, settings).samples[1].loss, 10 * std::log(3.0),
              1e-5);
}

TEST(Levels, DoNotDependOnTheBatch) {
  FrequencyDenoiser exact(kFrequencies);
  LevelSettings settings;
  settings.levels = 5;
  settings.batch = 1;
  const auto one = look_at_levels(exact, mixed_text(), 0, 0, 3, settings);
  settings.batch = 3;
  const auto three = look_at_levels(exact, mixed_text(), 0, 0, 3, settings);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(one.samples[i].t, three.samples[i].t);
    EXPECT_EQ(one.samples[i].loss, three.samples[i].loss);
  }
  EXPECT_NE(look_at_levels(exact, mixed_text(), 0, 0, 4, settings).samples[2].loss,
            three.samples[2].loss);
}

TEST(Levels, SelfConditioningPredictsTwiceMore) {
  FrequencyDenoiser exact(kFrequencies);
  LevelSettings settings;
  settings.levels = 3;
  settings.batch = 2;
  settings.self_condition = true;
  const auto found = look_at_levels(exact, mixed_text(), 0, 0, 3, settings);
  EXPECT_EQ(exact.with_previous, 2) << "one of each batch";
  EXPECT_EQ(found.samples[1].self_loss, found.samples[1].loss)
      << "this model does not look at its earlier prediction";
}

TEST(Levels, MoreRangesThanTimestepsAreRefused) {
  const Schedule schedule(diffusion::ScheduleKind::kSquaredCosImproved, 5);
  EXPECT_EQ(level_bounds(schedule, 4), (std::vector<std::int64_t>{1, 2, 3, 4, 5}));
  EXPECT_THROW(level_bounds(schedule, 5), UsageError);
  EXPECT_THROW(level_bounds(schedule, 0), UsageError);
}

TextLevels levels_of(std::vector<double> losses) {
  TextLevels text;
  for (const double loss : losses) text.samples.push_back({.all_loss = loss});
  text.tokens = 2;
  return text;
}

TEST(Bound, IsReadWhereItIsLowestForOtherTexts) {
  // The even texts are lowest at level 0, the odd ones at level 2.
  const std::vector<TextLevels> texts{levels_of({1, 5, 6}), levels_of({9, 8, 2}),
                                      levels_of({1, 5, 7}), levels_of({9, 8, 3})};
  const auto costs = bound_costs(texts);
  EXPECT_EQ(costs[0].nats, 6.0);
  EXPECT_EQ(costs[1].nats, 9.0);
  EXPECT_EQ(costs[2].nats, 7.0);
  EXPECT_EQ(costs[3].tokens, 2);
  EXPECT_EQ(bound_costs(std::span(texts).first(1))[0].nats, 5.0) << "alone: the middle";
  EXPECT_TRUE(bound_costs({}).empty());
}

TEST(Levels, EstimatesAreATokens) {
  const std::vector<TextLevels> texts{levels_of({4, 2}), levels_of({8, 2})};
  LevelSettings settings;
  settings.levels = 2;
  const auto levels = level_estimates(texts, settings, 1);
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_DOUBLE_EQ(levels[0].bound.value, 3.0);
  EXPECT_DOUBLE_EQ(levels[1].bound.value, 1.0);
  EXPECT_EQ(levels[1].to, 1.0);
  EXPECT_NEAR(levels[0].to, 0.5, 1e-3);
}

}  // namespace
}  // namespace tess2::eval
