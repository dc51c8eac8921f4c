#include "diffusion/objective.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "diffusion/fakes.h"

namespace tess2::diffusion {
namespace {

constexpr std::int64_t kVocab = 9;

TEST(CrossEntropy, EqualsLogSoftmaxAndItsGradient) {
  at::Tensor logits = (at::sin(at::arange(5 * kVocab, at::kFloat)) * 6).view({5, kVocab});
  const at::Tensor labels = at::tensor({0, 3, 8, 2, 2}, at::kLong);
  const at::Tensor upstream = at::tensor({1.0f, 0.5f, -2.0f, 0.0f, 3.0f});
  const auto losses_and_gradient = [&](auto function) {
    at::Tensor x = logits.clone().requires_grad_(true);
    const at::Tensor losses = function(x);
    return std::pair{losses.detach(), torch::autograd::grad({(losses * upstream).sum()}, {x})[0]};
  };
  const auto ours = losses_and_gradient([&](auto& x) { return cross_entropy(x, labels); });
  const auto theirs = losses_and_gradient(
      [&](auto& x) { return -at::log_softmax(x, 1).gather(1, labels.unsqueeze(1)).squeeze(1); });
  EXPECT_LT((ours.first - theirs.first).abs().max().item<float>(), 1e-5f);
  EXPECT_LT((ours.second - theirs.second).abs().max().item<float>(), 1e-6f);
  EXPECT_THROW(cross_entropy(logits, labels + 1), std::exception);
}

class ObjectiveTest : public ::testing::Test {
 protected:
  ObjectiveTest() : objective_({}), canvas_(testing::make_canvas(2, 6, 2)), noise_({1, 2}) {}

  Objective objective_;
  Canvas canvas_;
  CounterNoise noise_;
  testing::EchoDenoiser denoiser_{kVocab};
};

TEST_F(ObjectiveTest, PredictsOnceAtTWithoutSelfConditioning) {
  objective_.loss(denoiser_, canvas_, {{100, 200}, false}, noise_, 0);
  ASSERT_EQ(denoiser_.times.size(), 1u);
  EXPECT_FALSE(denoiser_.previous[0].defined());
  EXPECT_FLOAT_EQ(denoiser_.times[0][0], 100.0f / 5000.0f);
  EXPECT_FLOAT_EQ(denoiser_.times[0][1], 200.0f / 5000.0f);
}

TEST_F(ObjectiveTest, SelfConditioningPredictsFirstAtTPlusOneWithTheSameNoise) {
  const Loss loss = objective_.loss(denoiser_, canvas_, {{100, 4999}, true}, noise_, 0);
  ASSERT_EQ(denoiser_.times.size(), 2u);
  EXPECT_FLOAT_EQ(denoiser_.times[0][0], 101.0f / 5000.0f);
  EXPECT_FLOAT_EQ(denoiser_.times[0][1], 4999.0f / 5000.0f) << "clamped to T - 1";
  EXPECT_FLOAT_EQ(denoiser_.times[1][0], 100.0f / 5000.0f);
  EXPECT_TRUE(denoiser_.previous[1].defined());
  // At the clamped level both passes see the very same simplex.
  EXPECT_TRUE(denoiser_.simplexes[0].narrow(0, 4, 4).equal(denoiser_.simplexes[1].narrow(0, 4, 4)));
  // One level apart, the same noise: nearly the same simplex.
  const at::Tensor difference =
      (denoiser_.simplexes[0].narrow(0, 0, 4) - denoiser_.simplexes[1].narrow(0, 0, 4)).abs();
  EXPECT_LT(difference.max().item<float>(), 0.02f);
  EXPECT_TRUE(std::isfinite(loss.mean.item<float>()));
}

TEST_F(ObjectiveTest, AWarpMovesTheLevelsThatTheSameNumbersDraw) {
  TimeWarp warp(5000, 2.0);
  const TrainingDraw uniform = objective_.draw(7, 3, 50);
  TrainingDraw warped = objective_.draw(7, 3, 50, &warp);
  EXPECT_TRUE(uniform.levels.empty());
  EXPECT_EQ(warped.self_condition, uniform.self_condition);
  for (std::size_t b = 0; b < 50; ++b) {
    EXPECT_NEAR(static_cast<double>(warped.timesteps[b]), static_cast<double>(uniform.timesteps[b]),
                1.0);
    EXPECT_EQ(static_cast<double>(warped.timesteps[b]), std::floor(warped.levels[b]));
  }
  const std::vector<double> levels{2500.0, 4990.0}, losses{0.0, 50.0};
  for (int i = 0; i < 100; ++i) warp.learn(levels, losses);
  warped = objective_.draw(7, 3, 50, &warp);
  EXPECT_NE(warped.timesteps, uniform.timesteps);
  for (std::size_t b = 0; b < 50; ++b) {
    const double u = uniform_at(7, Stream::kTimestep, 3, static_cast<std::uint32_t>(b));
    EXPECT_EQ(warped.levels[b], warp.level(u));
  }
}

TEST_F(ObjectiveTest, LossIsTheMeanOverTheSpan) {
  const Loss loss = objective_.loss(denoiser_, canvas_, {{4000, 3000}, false}, noise_, 0);
  at::Tensor logits = denoiser_.simplexes[0].clone();
  logits.narrow(0, 0, 4) += denoiser_.times[0][0];
  logits.narrow(0, 4, 4) += denoiser_.times[0][1];
  const at::Tensor losses =
      -at::log_softmax(logits, 1).gather(1, canvas_.row_tokens().unsqueeze(1)).squeeze(1);
  EXPECT_NEAR(loss.mean.item<float>(), losses.mean().item<float>(), 1e-5);
  EXPECT_NEAR(loss.per_sequence[1].item<float>(), losses.narrow(0, 4, 4).mean().item<float>(),
              1e-5);
}

TEST_F(ObjectiveTest, PositionZeroNeverCounts) {
  const Canvas whole = testing::make_canvas(2, 6, 0);
  const Canvas rest = testing::make_canvas(2, 6, 1);
  const TrainingDraw draw{{4000, 3000}, false};
  const Loss all = objective_.loss(denoiser_, whole, draw, noise_, 0);
  const Loss without = objective_.loss(denoiser_, rest, draw, noise_, 0);
  EXPECT_NEAR(all.mean.item<float>(), without.mean.item<float>(), 1e-6);
}

TEST_F(ObjectiveTest, IgnoredLabelsDoNotCount) {
  // Row tokens are 3 4 5 6 | 2 3 4 5: without label 3, sequence 0 keeps three.
  ObjectiveSettings settings;
  settings.ignored_label = 3;
  const TrainingDraw draw{{4000, 3000}, false};
  const Loss loss = Objective(settings).loss(denoiser_, canvas_, draw, noise_, 0);
  const at::Tensor logits = denoiser_.simplexes[0].narrow(0, 1, 3) + denoiser_.times[0][0];
  const at::Tensor labels = at::tensor({4, 5, 6}, at::kLong);
  const at::Tensor losses = -at::log_softmax(logits, 1).gather(1, labels.unsqueeze(1)).squeeze(1);
  EXPECT_NEAR(loss.per_sequence[0].item<float>(), losses.mean().item<float>(), 1e-5);
}

TEST_F(ObjectiveTest, DrawsAreUniformAndAFunctionOfSeedAndStep) {
  double sum = 0.0;
  int twice = 0;
  for (std::int64_t step = 0; step < 2000; ++step) {
    const TrainingDraw draw = objective_.draw(7, step, 4);
    for (std::int64_t t : draw.timesteps) {
      ASSERT_GE(t, 0);
      ASSERT_LT(t, 5000);
      sum += double(t);
    }
    twice += draw.self_condition ? 1 : 0;
  }
  EXPECT_NEAR(sum / 8000.0, 2499.5, 5 * 5000 / std::sqrt(12.0 * 8000));
  EXPECT_NEAR(twice, 1000, 5 * std::sqrt(500.0));
  EXPECT_EQ(objective_.draw(7, 3, 4).timesteps, objective_.draw(7, 3, 4).timesteps);
  EXPECT_NE(objective_.draw(7, 3, 4).timesteps, objective_.draw(8, 3, 4).timesteps);
}

}  // namespace
}  // namespace tess2::diffusion
