#include "diffusion/convergence.h"

#include <gtest/gtest.h>

#include <cmath>

#include "diffusion/fakes.h"

namespace tess2::diffusion {
namespace {

TEST(MeanDivergence, IsTheMeanOfTheRowsKullbackLeiblerDivergences) {
  const at::Tensor now = at::tensor({0.5f, 0.5f, 0.9f, 0.1f}).view({2, 2}).log();
  const at::Tensor before = at::tensor({0.25f, 0.75f, 0.9f, 0.1f}).view({2, 2}).log();
  const double first = 0.5 * std::log(0.5 / 0.25) + 0.5 * std::log(0.5 / 0.75);
  EXPECT_NEAR(mean_divergence(now, before), first / 2.0, 1e-6);
  EXPECT_NEAR(mean_divergence(now + 3.0, now), 0.0, 1e-6);
}

TEST(MeanDivergence, TakesEitherType) {
  const at::Tensor now = at::sin(at::arange(40 * 50, at::kFloat)).view({40, 50}).to(at::kHalf);
  const at::Tensor before = at::cos(at::arange(40 * 50, at::kFloat)).view({40, 50}).to(at::kHalf);
  const double expected = mean_divergence(now.to(at::kFloat), before.to(at::kFloat));
  EXPECT_GT(expected, 0.1);
  EXPECT_EQ(mean_divergence(now, before), expected);
  EXPECT_EQ(mean_divergence(now.to(at::kFloat), before), expected);
  EXPECT_THROW(mean_divergence(now.to(at::kDouble), before), std::exception);
}

// Follows given predictions of one row over two tokens.
class Predictions {
 public:
  explicit Predictions(const ConvergenceSettings& settings) : convergence_(settings) {}

  bool step(float logit) {
    const at::Tensor logits = at::tensor({0.0f, logit}).view({1, 2});
    const at::Tensor tokens = logits.argmax(1);
    const bool converged = convergence_.observe(
        {step_++, 100, canvas_, logits, tokens, logits_, tokens_, simplex_}, 1);
    logits_ = logits;
    tokens_ = tokens;
    return converged;
  }

 private:
  Convergence convergence_;
  Canvas canvas_ = testing::make_canvas(1, 2, 1);
  NoisySimplex simplex_ = NoisySimplex::dense(at::zeros({1, 2}));
  std::int64_t step_ = 0;
  at::Tensor logits_, tokens_;
};

TEST(Convergence, NeedsAsManyStepsWithoutAnotherToken) {
  Predictions run({.stable_steps = 2, .divergence = 1.0});
  EXPECT_FALSE(run.step(1.0f));
  EXPECT_FALSE(run.step(1.0f));
  EXPECT_TRUE(run.step(1.0f));
  EXPECT_FALSE(run.step(-1.0f)) << "another token";
  EXPECT_FALSE(run.step(-1.0f));
  EXPECT_TRUE(run.step(-1.0f));
}

TEST(Convergence, NeedsASmallDivergence) {
  Predictions run({.stable_steps = 1, .divergence = 0.01});
  EXPECT_FALSE(run.step(1.0f));
  EXPECT_FALSE(run.step(3.0f));
  EXPECT_FALSE(run.step(1.0f));
  EXPECT_TRUE(run.step(1.05f));
}

TEST(Convergence, LooksAtTheFirstRowsAlone) {
  const Canvas canvas = testing::make_canvas(1, 4, 1);
  const NoisySimplex simplex = NoisySimplex::dense(at::zeros({3, 2}));
  const at::Tensor before = at::tensor({0.0f, 1.0f, 0.0f, 1.0f, 0.0f, 1.0f}).view({3, 2});
  const at::Tensor now = at::tensor({0.0f, 1.0f, 0.0f, 1.0f, 0.0f, -9.0f}).view({3, 2});
  const at::Tensor tokens_before = before.argmax(1);
  const at::Tensor tokens = now.argmax(1);
  const StepEvent event{1, 9, canvas, now, tokens, before, tokens_before, simplex};
  const ConvergenceSettings settings{.stable_steps = 1, .divergence = 0.01};
  EXPECT_TRUE(Convergence(settings).observe(event, 2));
  EXPECT_FALSE(Convergence(settings).observe(event, 3));
}

}  // namespace
}  // namespace tess2::diffusion
