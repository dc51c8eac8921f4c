#include "diffusion/guidance.h"

#include <gtest/gtest.h>

#include "diffusion/fakes.h"

namespace tess2::diffusion {
namespace {

constexpr std::int64_t kVocab = 9;

/// Rewards probability on token 3: the sum of its weights.
class LikesThree final : public RewardFunction {
 public:
  std::int64_t vocab_size() const override { return kVocab; }
  at::Tensor reward(const Canvas&, std::int64_t, const at::Tensor& weights) override {
    return weights.select(1, 3).sum();
  }
};

at::Tensor gradient_by_hand(const at::Tensor& logits) {
  // d p_3 / d s_v = p_3 (1[v = 3] - p_v)
  const at::Tensor p = at::softmax(logits, -1);
  const at::Tensor p3 = p.select(1, 3).unsqueeze(1);
  at::Tensor gradient = -p3 * p;
  gradient.select(1, 3) += p3.squeeze(1);
  return gradient;
}

TEST(RewardGuidance, AddsTheScaledGradient) {
  const Canvas canvas = testing::make_canvas(2, 6, 2);
  const at::Tensor logits = at::sin(at::arange(8 * kVocab, at::kFloat)).view({8, kVocab});
  LikesThree reward;
  RewardGuidance guidance(reward, {.scale = 2.0});
  const std::vector<std::uint64_t> seeds{1, 2};
  const at::Tensor guided = guidance.apply(canvas, logits, seeds, 0);
  const at::Tensor expected = logits + gradient_by_hand(logits) * 2.0;
  EXPECT_LT((guided - expected).abs().max().item<float>(), 1e-6f);

  const at::Tensor halves = logits.to(at::kHalf);
  const at::Tensor from_halves = guidance.apply(canvas, halves, seeds, 0);
  EXPECT_TRUE(from_halves.equal(guidance.apply(canvas, halves.to(at::kFloat), seeds, 0)));
}

TEST(RewardGuidance, InnerStepsAccumulateTheirGradients) {
  const Canvas canvas = testing::make_canvas(2, 6, 2);
  const at::Tensor logits = at::sin(at::arange(8 * kVocab, at::kFloat)).view({8, kVocab});
  LikesThree reward;
  RewardGuidance guidance(reward, {.scale = 3.0, .inner_steps = 3});
  const std::vector<std::uint64_t> seeds{1, 2};
  at::Tensor expected = logits;
  at::Tensor sum = at::zeros_like(logits);
  for (int i = 0; i < 3; ++i) {
    sum = sum + gradient_by_hand(expected);
    expected = expected + sum * 3.0;
  }
  const at::Tensor guided = guidance.apply(canvas, logits, seeds, 0);
  EXPECT_LT((guided - expected).abs().max().item<float>(), 1e-5f);
}

TEST(RewardGuidance, VariantsRaiseTheRewardAndRepeat) {
  const Canvas canvas = testing::make_canvas(2, 6, 2);
  const at::Tensor logits = at::sin(at::arange(8 * kVocab, at::kFloat)).view({8, kVocab});
  const std::vector<std::uint64_t> seeds{1, 2};
  for (const auto& [name, input] : guidance_input_names()) {
    LikesThree reward;
    RewardGuidance guidance(reward, {.scale = 5.0, .inner_steps = 4, .input = input});
    const at::Tensor guided = guidance.apply(canvas, logits, seeds, 2);
    EXPECT_GT(at::softmax(guided, -1).select(1, 3).sum().item<float>(),
              at::softmax(logits, -1).select(1, 3).sum().item<float>())
        << name;
    EXPECT_TRUE(guided.equal(guidance.apply(canvas, logits, seeds, 2))) << name;
  }
}

}  // namespace
}  // namespace tess2::diffusion
