#include "diffusion/sampling.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "core/error.h"
#include "diffusion/fakes.h"
#include "diffusion/whole_run.h"

namespace tess2::diffusion {
namespace {

constexpr std::int64_t kVocab = 23;
constexpr std::array<std::uint64_t, 1> kSeed{8};

SamplerSettings four_steps(SamplerKind kind = SamplerKind::kDdpm, bool dense = false) {
  SamplerSettings settings;
  settings.kind = kind;
  settings.steps = 4;
  settings.dense = dense;
  return settings;
}

SamplerSettings settings_of(SamplerKind kind, std::int64_t steps, bool dense = false) {
  SamplerSettings settings;
  settings.kind = kind;
  settings.steps = steps;
  settings.dense = dense;
  settings.projection.top_p = 0.9;
  return settings;
}

testing::WholeRun run_whole(const Canvas& canvas, const SamplerSettings& settings,
                            std::vector<std::uint64_t> seeds,
                            const std::function<void(const StepEvent&)>& observe = {}) {
  testing::EchoDenoiser denoiser(kVocab);
  Sampling sampling(denoiser, settings, nullptr, canvas, seeds);
  return testing::finish(sampling, observe);
}

at::Tensor first_row_of(const Canvas& canvas) {
  at::Tensor chosen = at::zeros({canvas.row_count()}, at::kBool);
  chosen[0] = true;
  return chosen;
}

TEST(Sampling, CountsItsSteps) {
  testing::EchoDenoiser denoiser(kVocab);
  Sampling sampling(denoiser, four_steps(), nullptr, testing::make_canvas(1, 6, 2), kSeed);
  EXPECT_EQ(sampling.steps_planned(), 4);
  for (std::int64_t step = 0; step < 4; ++step) {
    EXPECT_FALSE(sampling.finished());
    const StepEvent event = sampling.step();
    EXPECT_EQ(event.step, step);
    EXPECT_EQ(event.previous_logits.defined(), step > 0);
    EXPECT_EQ(sampling.steps_taken(), step + 1);
  }
  EXPECT_TRUE(sampling.finished());
}

TEST(Sampling, AnEventHoldsTheStepBeforeToo) {
  testing::EchoDenoiser denoiser(kVocab);
  Sampling sampling(denoiser, four_steps(), nullptr, testing::make_canvas(1, 6, 2), kSeed);
  const at::Tensor first = sampling.step().logits;
  const StepEvent second = sampling.step();
  EXPECT_TRUE(second.previous_logits.equal(first));
  EXPECT_TRUE(second.previous_tokens.equal(first.argmax(1)));
}

TEST(Sampling, PredictionsInHalfPrecisionGiveTheTokensOfTheRoundedValues) {
  for (const SamplerKind kind : {SamplerKind::kDdpm, SamplerKind::kDdim}) {
    testing::EchoDenoiser echo(kVocab);
    testing::RoundingDenoiser in_half(echo, at::kHalf), in_float(echo, at::kFloat);
    const Canvas canvas = testing::make_canvas(1, 40, 2);
    Sampling half(in_half, four_steps(kind), nullptr, canvas, kSeed);
    Sampling single(in_float, four_steps(kind), nullptr, canvas, kSeed);
    while (!half.finished()) {
      const StepEvent event = half.step();
      EXPECT_EQ(event.logits.scalar_type(), at::kHalf);
      EXPECT_TRUE(event.tokens.equal(single.step().tokens));
      if (half.steps_taken() > 1) continue;
      half.commit(first_row_of(half.canvas()));
      single.commit(first_row_of(single.canvas()));
    }
    EXPECT_TRUE(half.logits().to(at::kFloat).equal(single.logits()));
  }
}

TEST(Sampling, DenseAndRegeneratedPathsAgree) {
  const Canvas canvas = testing::make_canvas(2, 9, 3);
  const auto regenerated = run_whole(canvas, settings_of(SamplerKind::kDdpm, 8), {4, 5});
  const auto dense = run_whole(canvas, settings_of(SamplerKind::kDdpm, 8, true), {4, 5});
  EXPECT_TRUE(regenerated.ids.equal(dense.ids));
  EXPECT_TRUE(regenerated.logits.equal(dense.logits));
}

TEST(Sampling, ASequenceDoesNotDependOnItsBatch) {
  const Canvas both = testing::make_canvas(2, 9, 3);
  const Canvas second(both.ids().narrow(0, 1, 1), both.span_mask().narrow(0, 1, 1));
  const auto settings = settings_of(SamplerKind::kDdpm, 8);
  const auto together = run_whole(both, settings, {4, 5});
  const auto alone = run_whole(second, settings, {5});
  EXPECT_TRUE(together.ids[1].equal(alone.ids[0]));
  EXPECT_TRUE(together.logits.narrow(0, 6, 6).equal(alone.logits));
}

TEST(Sampling, StartsFromPureNoiseAndCountsTimeDown) {
  testing::EchoDenoiser denoiser(kVocab);
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  Sampling sampling(denoiser, settings_of(SamplerKind::kDdpm, 4), nullptr, canvas, kSeed);
  testing::finish(sampling);
  const CounterNoise noise({8});
  const NoisySimplex start =
      NoisySimplex::regenerated(canvas, canvas.row_tokens() * 0, {kPureNoise}, noise, 0);
  EXPECT_TRUE(denoiser.simplexes[0].equal(start.to_dense(kVocab)));
  ASSERT_EQ(denoiser.times.size(), 4u);
  for (int i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(denoiser.times[i][0], (3.0f - i) / 4.0f);
  EXPECT_FALSE(denoiser.previous[0].defined());
  EXPECT_TRUE(denoiser.previous[1].defined());
}

TEST(Sampling, RestartsFromPureNoiseWithWhatWasCommittedAsContext) {
  testing::EchoDenoiser denoiser(kVocab);
  Sampling sampling(denoiser, four_steps(), nullptr, testing::make_canvas(1, 6, 2), kSeed);
  testing::finish(sampling);
  const std::int64_t committed = sampling.tokens()[0].item<std::int64_t>();
  sampling.commit(first_row_of(sampling.canvas()));
  sampling.restart(3);
  EXPECT_FALSE(sampling.finished());
  EXPECT_EQ(sampling.steps_planned(), 4 + 3);
  testing::finish(sampling);
  EXPECT_EQ(sampling.steps_taken(), 7);
  EXPECT_EQ(sampling.canvas().ids()[0][2].item<std::int64_t>(), committed);
  const CounterNoise noise({8});
  const NoisySimplex start = NoisySimplex::regenerated(sampling.canvas(), at::zeros({3}, at::kLong),
                                                       {kPureNoise}, noise, 4);
  ASSERT_EQ(denoiser.simplexes.size(), 7u);
  EXPECT_TRUE(denoiser.simplexes[4].equal(start.to_dense(kVocab))) << "noise not used before";
  EXPECT_FALSE(denoiser.previous[4].defined());
  for (int i = 0; i < 3; ++i) EXPECT_FLOAT_EQ(denoiser.times[4 + i][0], (2.0f - i) / 3.0f);
}

/// Echoes, and was trained on levels of which half lie in the third quarter.
class WarpedDenoiser final : public Denoiser {
 public:
  std::int64_t vocab_size() const override { return kVocab; }
  std::span<const double> level_shares() const override { return shares_; }
  at::Tensor predict(const DenoiserInput& input) override { return echo.predict(input); }

  testing::EchoDenoiser echo{kVocab};

 private:
  std::array<double, 4> shares_{0.125, 0.25, 0.5, 0.125};
};

std::vector<float> times_of_steps(const SamplerSettings& settings) {
  WarpedDenoiser denoiser;
  Sampling sampling(denoiser, settings, nullptr, testing::make_canvas(1, 6, 2), kSeed);
  testing::finish(sampling);
  std::vector<float> times;
  for (const std::vector<float>& one : denoiser.echo.times) times.push_back(one[0]);
  return times;
}

TEST(Sampling, StepsAreAtTheQuantilesOfTheLevelsOfTraining) {
  SamplerSettings settings = settings_of(SamplerKind::kDdpm, 9);
  const std::vector<float> expected{0.9998f, 0.75f,  0.6875f, 0.625f, 0.5625f,
                                    0.5f,    0.375f, 0.25f,   0.0f};
  const std::vector<float> times = times_of_steps(settings);
  ASSERT_EQ(times.size(), expected.size());
  for (std::size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(times[i], expected[i], 2e-4f) << i;
  settings.spacing = StepSpacing::kUniform;
  EXPECT_FLOAT_EQ(times_of_steps(settings)[0], 8.0f / 9.0f);
  settings = settings_of(SamplerKind::kDdpm, 1);
  EXPECT_NEAR(times_of_steps(settings)[0], 0.9998f, 1e-6f);
}

TEST(Sampling, EndsOnACleanSimplexAndKeepsThePrompt) {
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  at::Tensor last;
  const auto observe = [&](const StepEvent& event) { last = event.simplex.to_dense(kVocab); };
  const auto result = run_whole(canvas, settings_of(SamplerKind::kDdpm, 5), {8}, observe);
  EXPECT_EQ(result.steps, 5);
  EXPECT_TRUE(last.abs().eq(5.0f).all().item<bool>());
  EXPECT_TRUE(last.gt(0).sum(1).eq(1).all().item<bool>());
  EXPECT_TRUE(result.ids.narrow(1, 0, 2).equal(canvas.ids().narrow(1, 0, 2)));
}

TEST(Sampling, DdimKeepsTheNoiseThatTheSimplexImplies) {
  testing::EchoDenoiser denoiser(kVocab);
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  Sampling sampling(denoiser, settings_of(SamplerKind::kDdim, 5), nullptr, canvas, kSeed);
  std::vector<at::Tensor> logits;
  testing::finish(sampling, [&](const StepEvent& event) { logits.push_back(event.logits); });
  const Schedule schedule(ScheduleKind::kSquaredCosImproved, 5);
  for (int i = 0; i < 4; ++i) {
    const double now = schedule.alpha_bar(4 - i);
    const double next = schedule.alpha_bar(3 - i);
    const at::Tensor clean = at::softmax(logits[i], -1) * 10.0 - 5.0;
    const at::Tensor noise = (denoiser.simplexes[i] - clean * std::sqrt(now)) / std::sqrt(1 - now);
    const at::Tensor expected = clean * std::sqrt(next) + noise * std::sqrt(1 - next);
    EXPECT_LT((denoiser.simplexes[i + 1] - expected).abs().max().item<float>(), 1e-4f) << i;
  }
}

// Of a batch of two, so that places and positions differ.
at::Tensor first_rows_of_each(const at::Tensor& rows, std::int64_t each, std::int64_t kept) {
  return rows.view({2, each, -1}).narrow(1, 0, kept).reshape({2 * kept, -1});
}

using Shortening = ::testing::TestWithParam<std::pair<SamplerKind, bool>>;

TEST_P(Shortening, LeavesTheOtherRowsAsTheyWere) {
  const auto [kind, dense] = GetParam();
  constexpr std::array<std::uint64_t, 2> kSeeds{8, 9};
  testing::EchoDenoiser whole(kVocab);
  testing::EchoDenoiser shortened(kVocab);
  const Canvas canvas = testing::make_canvas(2, 7, 2);
  Sampling expected(whole, four_steps(kind, dense), nullptr, canvas, kSeeds);
  Sampling sampling(shortened, four_steps(kind, dense), nullptr, canvas, kSeeds);
  expected.step();
  sampling.step();
  sampling.shorten(5);

  EXPECT_EQ(sampling.canvas().length(), 5);
  EXPECT_EQ(sampling.canvas().row_count(), 6);
  EXPECT_EQ(sampling.canvas().row_position(3), 2) << "of the second sequence";
  EXPECT_TRUE(sampling.canvas().ids().equal(canvas.ids().narrow(1, 0, 5)));
  EXPECT_TRUE(sampling.logits().equal(first_rows_of_each(expected.logits(), 5, 3)));
  while (!sampling.finished()) {
    const at::Tensor want = first_rows_of_each(expected.step().logits, 5, 3);
    // The echo denoiser looks at each row alone.
    EXPECT_TRUE(sampling.step().logits.equal(want));
    EXPECT_EQ(shortened.simplexes.back().size(0), 6) << "what was dropped is not shown";
  }
  EXPECT_TRUE(sampling.filled().equal(expected.filled().narrow(1, 0, 5)));
}

INSTANTIATE_TEST_SUITE_P(Kinds, Shortening,
                         ::testing::Values(std::pair(SamplerKind::kDdpm, false),
                                           std::pair(SamplerKind::kDdpm, true),
                                           std::pair(SamplerKind::kDdim, false)));

TEST(Sampling, AShortCanvasCanBeCommittedAndShortenedOn) {
  testing::EchoDenoiser denoiser(kVocab);
  Sampling sampling(denoiser, four_steps(), nullptr, testing::make_canvas(1, 7, 2), kSeed);
  const at::Tensor tokens = sampling.step().tokens.clone();
  sampling.commit(first_row_of(sampling.canvas()));
  sampling.shorten(6);
  sampling.shorten(5);
  EXPECT_EQ(sampling.canvas().row_count(), 2);
  EXPECT_TRUE(sampling.filled()[0].narrow(0, 2, 3).equal(tokens.narrow(0, 0, 3)));
  EXPECT_EQ(sampling.step().logits.size(0), 2);
}

// What is committed becomes context; the rows that stay keep their noise, their place and what was
// predicted for them.
class Commitment : public ::testing::TestWithParam<std::pair<SamplerKind, bool>> {};

TEST_P(Commitment, LeavesTheOtherRowsAsTheyWere) {
  const auto [kind, dense] = GetParam();
  testing::EchoDenoiser plain(kVocab);
  testing::EchoDenoiser committing(kVocab);
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  Sampling expected(plain, four_steps(kind, dense), nullptr, canvas, kSeed);
  Sampling sampling(committing, four_steps(kind, dense), nullptr, canvas, kSeed);
  expected.step();
  const std::int64_t token = sampling.step().tokens[0].item<std::int64_t>();
  sampling.commit(first_row_of(canvas));

  EXPECT_EQ(sampling.canvas().row_count(), 3);
  EXPECT_EQ(sampling.canvas().row_position(0), 3);
  EXPECT_EQ(sampling.canvas().ids()[0][2].item<std::int64_t>(), token);
  EXPECT_FALSE(sampling.canvas().span_mask()[0][2].item<bool>());
  while (!sampling.finished()) {
    const at::Tensor want = expected.step().logits;
    // The echo denoiser looks at each row alone.
    EXPECT_TRUE(sampling.step().logits.equal(want.narrow(0, 1, 3)));
  }
  EXPECT_EQ(sampling.filled()[0][2].item<std::int64_t>(), token);
  EXPECT_TRUE(sampling.filled().narrow(1, 3, 3).equal(expected.filled().narrow(1, 3, 3)));
}

INSTANTIATE_TEST_SUITE_P(Kinds, Commitment,
                         ::testing::Values(std::pair(SamplerKind::kDdpm, false),
                                           std::pair(SamplerKind::kDdpm, true),
                                           std::pair(SamplerKind::kDdim, false)));

TEST(Sampling, AllRowsMayBeCommitted) {
  testing::EchoDenoiser denoiser(kVocab);
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  Sampling sampling(denoiser, four_steps(), nullptr, canvas, kSeed);
  const at::Tensor tokens = sampling.step().tokens.clone();
  sampling.commit(at::ones({4}, at::kBool));
  EXPECT_EQ(sampling.canvas().row_count(), 0);
  EXPECT_TRUE(sampling.filled()[0].narrow(0, 2, 4).equal(tokens));
}

/// Echoes, and tells when it may reuse the context of each sequence.
class KeepingDenoiser final : public Denoiser {
 public:
  std::int64_t vocab_size() const override { return kVocab; }
  bool keeps_context() const override { return true; }
  at::Tensor predict(const DenoiserInput& input) override {
    std::vector<bool> allowed;
    for (ContextCache& context : input.contexts) {
      allowed.push_back(context.reuse);
      context.note_renewal(4.0, 100.0);
    }
    reuse.push_back(allowed);
    return echo_.predict(input);
  }
  std::vector<std::vector<bool>> reuse;  ///< a step, a sequence

 private:
  testing::EchoDenoiser echo_{kVocab};
};

TEST(Sampling, TheContextServesForSoManySteps) {
  KeepingDenoiser denoiser;
  SamplerSettings settings = settings_of(SamplerKind::kDdpm, 5);
  settings.prompt_cache = 2;
  const std::array<std::uint64_t, 2> seeds{8, 9};
  Sampling sampling(denoiser, settings, nullptr, testing::make_canvas(2, 6, 2), seeds);
  testing::finish(sampling, {});
  using Allowed = std::vector<bool>;
  EXPECT_EQ(denoiser.reuse,
            (std::vector<Allowed>{
                {false, false}, {true, true}, {false, false}, {true, true}, {false, false}}));
  ASSERT_EQ(sampling.contexts().size(), 2U);
  EXPECT_DOUBLE_EQ(sampling.contexts()[1].drift().value(), 0.2);
}

TEST(Sampling, NothingIsKeptUnlessAskedFor) {
  KeepingDenoiser denoiser;
  Sampling sampling(denoiser, four_steps(), nullptr, testing::make_canvas(1, 6, 2), kSeed);
  sampling.step();
  EXPECT_TRUE(denoiser.reuse.front().empty());
  EXPECT_TRUE(sampling.contexts().empty());
}

TEST(Sampling, NeedsADenoiserThatKeepsContext) {
  testing::EchoDenoiser denoiser(kVocab);
  SamplerSettings settings = four_steps();
  settings.prompt_cache = 2;
  EXPECT_THROW(Sampling(denoiser, settings, nullptr, testing::make_canvas(1, 6, 2), kSeed), Error);
}

TEST(Sampling, NeedsOneSeedASequence) {
  testing::EchoDenoiser denoiser(kVocab);
  EXPECT_THROW(Sampling(denoiser, four_steps(), nullptr, testing::make_canvas(2, 6, 2), kSeed),
               Error);
}

}  // namespace
}  // namespace tess2::diffusion
