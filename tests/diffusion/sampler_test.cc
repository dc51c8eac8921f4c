#include "diffusion/sampler.h"

#include <gtest/gtest.h>

#include "diffusion/fakes.h"

namespace tess2::diffusion {
namespace {

constexpr std::int64_t kVocab = 23;

SamplerSettings settings_of(SamplerKind kind, std::int64_t steps, bool dense = false) {
  SamplerSettings settings;
  settings.kind = kind;
  settings.steps = steps;
  settings.dense = dense;
  settings.projection.top_p = 0.9;
  return settings;
}

SampleResult sample(const Canvas& canvas, const SamplerSettings& settings,
                    std::vector<std::uint64_t> seeds, const StepObserver& observe = {}) {
  testing::EchoDenoiser denoiser(kVocab);
  Sampler sampler(denoiser, settings);
  return sampler.run(canvas, seeds, observe);
}

TEST(Sampler, DenseAndRegeneratedPathsAgree) {
  const Canvas canvas = testing::make_canvas(2, 9, 3);
  const auto regenerated = sample(canvas, settings_of(SamplerKind::kDdpm, 8), {4, 5});
  const auto dense = sample(canvas, settings_of(SamplerKind::kDdpm, 8, true), {4, 5});
  EXPECT_TRUE(regenerated.ids.equal(dense.ids));
  EXPECT_TRUE(regenerated.logits.equal(dense.logits));
}

TEST(Sampler, ASequenceDoesNotDependOnItsBatch) {
  const Canvas both = testing::make_canvas(2, 9, 3);
  const Canvas second(both.ids().narrow(0, 1, 1), both.span_mask().narrow(0, 1, 1));
  const auto settings = settings_of(SamplerKind::kDdpm, 8);
  const auto together = sample(both, settings, {4, 5});
  const auto alone = sample(second, settings, {5});
  EXPECT_TRUE(together.ids[1].equal(alone.ids[0]));
  EXPECT_TRUE(together.logits.narrow(0, 6, 6).equal(alone.logits));
}

TEST(Sampler, StartsFromPureNoiseAndCountsTimeDown) {
  testing::EchoDenoiser denoiser(kVocab);
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  Sampler sampler(denoiser, settings_of(SamplerKind::kDdpm, 4));
  const std::vector<std::uint64_t> seeds{8};
  sampler.run(canvas, seeds);
  const CounterNoise noise({8});
  const NoisySimplex start =
      NoisySimplex::regenerated(canvas, canvas.row_tokens() * 0, {kPureNoise}, noise, 0);
  EXPECT_TRUE(denoiser.simplexes[0].equal(start.to_dense(kVocab)));
  ASSERT_EQ(denoiser.times.size(), 4u);
  for (int i = 0; i < 4; ++i) EXPECT_FLOAT_EQ(denoiser.times[i][0], (3.0f - i) / 4.0f);
  EXPECT_FALSE(denoiser.previous[0].defined());
  EXPECT_TRUE(denoiser.previous[1].defined());
}

TEST(Sampler, EndsOnACleanSimplexAndKeepsThePrompt) {
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  at::Tensor last;
  const auto observe = [&](const StepEvent& event) {
    last = event.simplex.to_dense(kVocab);
    return true;
  };
  const auto result = sample(canvas, settings_of(SamplerKind::kDdpm, 5), {8}, observe);
  EXPECT_EQ(result.steps, 5);
  EXPECT_TRUE(last.abs().eq(5.0f).all().item<bool>());
  EXPECT_TRUE(last.gt(0).sum(1).eq(1).all().item<bool>());
  EXPECT_TRUE(result.ids.narrow(1, 0, 2).equal(canvas.ids().narrow(1, 0, 2)));
}

TEST(Sampler, StopsWhenTheObserverSaysSo) {
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  const auto result = sample(canvas, settings_of(SamplerKind::kDdpm, 50), {8},
                             [](const StepEvent& event) { return event.step < 2; });
  EXPECT_EQ(result.steps, 3);
}

TEST(Sampler, DdimKeepsTheNoiseThatTheSimplexImplies) {
  testing::EchoDenoiser denoiser(kVocab);
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  Sampler sampler(denoiser, settings_of(SamplerKind::kDdim, 5));
  const std::vector<std::uint64_t> seeds{8};
  std::vector<at::Tensor> logits;
  sampler.run(canvas, seeds, [&](const StepEvent& event) {
    logits.push_back(event.logits);
    return true;
  });
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

TEST(Sampler, RefusesAWrongNumberOfSeeds) {
  const Canvas canvas = testing::make_canvas(2, 6, 2);
  EXPECT_THROW(sample(canvas, settings_of(SamplerKind::kDdpm, 2), {1}), std::exception);
}

}  // namespace
}  // namespace tess2::diffusion
