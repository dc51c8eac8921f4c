#include "train/optimizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/error.h"
#include "support/random_tensors.h"
#include "support/temporary_folder.h"

namespace tess2::train {
namespace {

using at::Tensor;
using test_support::random_numbers;
using test_support::relative_difference;

/// The same update in double, one parameter, written out.
class PlainAdamW {
 public:
  PlainAdamW(const Tensor& start, const OptimizerSettings& settings)
      : settings_(settings),
        weight_(start.detach().to(at::kDouble).clone()),
        mean_(at::zeros_like(weight_)),
        variance_(at::zeros_like(weight_)) {}

  void step(const Tensor& gradient, double rate) {
    ++steps_;
    const Tensor g = gradient.to(at::kDouble);
    mean_ = mean_ * settings_.beta1 + g * (1.0 - settings_.beta1);
    variance_ = variance_ * settings_.beta2 + g.square() * (1.0 - settings_.beta2);
    const Tensor mean = mean_ / (1.0 - std::pow(settings_.beta1, steps_));
    const Tensor variance = variance_ / (1.0 - std::pow(settings_.beta2, steps_));
    weight_ =
        weight_ -
        (mean / (variance.sqrt() + settings_.epsilon) + weight_ * settings_.weight_decay) * rate;
  }

  const Tensor& weight() const { return weight_; }

 private:
  OptimizerSettings settings_;
  Tensor weight_, mean_, variance_;
  int steps_ = 0;
};

Tensor parameter(at::IntArrayRef shape, std::uint64_t seed) {
  return random_numbers(shape, seed).requires_grad_(true);
}

TEST(AdamW, FollowsThePlainFormulaOverManySteps) {
  OptimizerSettings settings;
  settings.clip_norm = 0.0;
  for (const double decay : {0.0, 0.3}) {
    settings.weight_decay = decay;
    // More than one block of the parallel loop.
    const Tensor weight = parameter({70'001}, 1);
    AdamW optimizer({{"w", weight}}, settings);
    PlainAdamW plain(weight, settings);
    for (std::uint64_t i = 0; i < 6; ++i) {
      const Tensor gradient = random_numbers(weight.sizes(), 10 + i);
      weight.mutable_grad() = gradient;
      const double rate = 0.01 * static_cast<double>(i + 1);
      optimizer.step(rate);
      plain.step(gradient, rate);
    }
    EXPECT_EQ(optimizer.steps_taken(), 6);
    EXPECT_LT(relative_difference(weight.detach().to(at::kDouble), plain.weight()), 1e-6);
  }
}

TEST(AdamW, ClipsByTheGlobalNormOfAllGradients) {
  OptimizerSettings settings;
  settings.clip_norm = 2.0;
  settings.epsilon = 1.0;  // so that the size of a gradient shows in the step
  const Tensor a = parameter({5, 3}, 1), b = parameter({7}, 2);
  AdamW optimizer({{"a", a}, {"b", b}}, settings);
  PlainAdamW plain_a(a, settings), plain_b(b, settings);
  for (const double size : {3.0, 0.1}) {
    const Tensor grad_a = random_numbers({5, 3}, 3) * size, grad_b = random_numbers({7}, 4) * size;
    a.mutable_grad() = grad_a.clone();
    b.mutable_grad() = grad_b.clone();
    const double norm = std::sqrt((grad_a.square().sum() + grad_b.square().sum()).item<double>());
    ASSERT_EQ(norm > 2.0, size > 1.0);
    EXPECT_NEAR(optimizer.step(0.1), norm, 1e-5 * norm);
    const double scale = std::min(1.0, 2.0 / norm);
    plain_a.step(grad_a * scale, 0.1);
    plain_b.step(grad_b * scale, 0.1);
    EXPECT_LT(relative_difference(a.detach().to(at::kDouble), plain_a.weight()), 1e-6);
    EXPECT_LT(relative_difference(b.detach().to(at::kDouble), plain_b.weight()), 1e-6);
  }
}

TEST(AdamW, LeavesParametersWithoutAGradientAlone) {
  OptimizerSettings settings;
  settings.weight_decay = 0.5;
  const Tensor still = parameter({4}, 1), moved = parameter({4}, 2);
  const Tensor before = still.detach().clone(), moved_before = moved.detach().clone();
  AdamW optimizer({{"still", still}, {"moved", moved}}, settings);
  moved.mutable_grad() = at::ones({4});
  EXPECT_NEAR(optimizer.step(0.1), 2.0, 1e-6);
  EXPECT_TRUE(still.detach().equal(before));
  EXPECT_FALSE(moved.detach().equal(moved_before));
}

TEST(AdamW, ClearsTheGradientsItUsed) {
  const Tensor weight = parameter({4}, 1);
  AdamW optimizer({{"w", weight}}, {});
  weight.mutable_grad() = at::ones({4});
  optimizer.step(0.1);
  EXPECT_FALSE(weight.grad().defined());
  const Tensor before = weight.detach().clone();
  EXPECT_EQ(optimizer.step(0.1), 0.0);
  EXPECT_TRUE(weight.detach().equal(before));
}

TEST(AdamW, ReadsGradientsThatAreNotContiguous) {
  OptimizerSettings settings;
  const Tensor weight = parameter({3, 4}, 1);
  PlainAdamW plain(weight, settings);
  AdamW optimizer({{"w", weight}}, settings);
  const Tensor gradient = random_numbers({4, 3}, 2).mul_(0.1).t();
  ASSERT_FALSE(gradient.is_contiguous());
  weight.mutable_grad() = gradient;
  optimizer.step(0.1);
  plain.step(gradient, 0.1);
  EXPECT_LT(relative_difference(weight.detach().to(at::kDouble), plain.weight()), 1e-6);
}

/// Steps with gradients that depend on the step's number alone.
void take_steps(AdamW& optimizer, Tensor& weight, int first, int last) {
  for (int step = first; step < last; ++step) {
    weight.mutable_grad() = random_numbers(weight.sizes(), static_cast<std::uint64_t>(step));
    optimizer.step(0.01);
  }
}

TEST(AdamW, GoesOnFromAFileWithTheSameBits) {
  const test_support::TemporaryFolder folder;
  const auto file = folder.path() / "optimizer.safetensors";
  Tensor whole = parameter({3, 5}, 1);
  AdamW optimizer({{"w", whole}}, {});
  take_steps(optimizer, whole, 0, 4);
  optimizer.save(file);
  Tensor half = whole.detach().clone().requires_grad_(true);
  AdamW continued({{"w", half}}, {});
  continued.load(file, 4);
  EXPECT_EQ(continued.steps_taken(), 4);
  take_steps(optimizer, whole, 4, 7);
  take_steps(continued, half, 4, 7);
  EXPECT_TRUE(half.equal(whole));
}

TEST(AdamW, RefusesTheMomentsOfOtherWeights) {
  const test_support::TemporaryFolder folder;
  const auto file = folder.path() / "optimizer.safetensors";
  const Tensor weight = parameter({3, 5}, 1), other = parameter({5, 3}, 2);
  AdamW({{"w", weight}}, {}).save(file);
  const auto error_with = [&](std::vector<tensor::NamedTensor> weights) {
    AdamW optimizer(weights, {});
    return test_support::error_of([&] { optimizer.load(file, 1); }).substr(file.string().size());
  };
  EXPECT_EQ(error_with({{"w", other}}), ": mean.w: expected F32 [5, 3], found F32 [3, 5]");
  EXPECT_EQ(error_with({{"v", weight}}), ": mean.v: expected a tensor, found none");
  EXPECT_EQ(error_with({{"w", weight}, {"v", other}}),
            ": expected the moments of 2 weights, found 2 tensors");
}

}  // namespace
}  // namespace tess2::train
