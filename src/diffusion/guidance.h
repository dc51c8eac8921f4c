// Reward guidance (section 5).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>

#include "diffusion/canvas.h"
#include "diffusion/settings.h"

namespace tess2::diffusion {

/// A differentiable judge of a canvas whose span holds distributions instead of tokens.
class RewardFunction {
 public:
  virtual ~RewardFunction() = default;
  virtual std::int64_t vocab_size() const = 0;
  /// Reward (scalar tensor) of sequence b. `weights` [n,V] are distributions over tokens for that
  /// sequence's rows, used at those in the span; elsewhere the canvas's ids stand.
  virtual at::Tensor reward(const Canvas& canvas, std::int64_t b, const at::Tensor& weights) = 0;
};

/// Moves logits up the gradient of a reward.
class RewardGuidance {
 public:
  /// `reward` must outlive the guidance.
  RewardGuidance(RewardFunction& reward, const GuidanceSettings& settings);

  /// Guided logits [N,V] float32, from float32 or float16. Inner step i adds eta (g_1 + ... + g_i),
  /// where g_j is the reward's gradient at the logits of inner step j. `seeds` [B] and `step` key
  /// the noise of the variants.
  at::Tensor apply(const Canvas& canvas, const at::Tensor& logits,
                   std::span<const std::uint64_t> seeds, std::int64_t step);

 private:
  /// The gradient of sequence b's reward at its logits [n,V].
  at::Tensor gradient(const Canvas& canvas, std::int64_t b, const at::Tensor& logits,
                      std::uint64_t seed, std::int64_t draw);
  at::Tensor reward_input(const at::Tensor& logits, std::uint64_t seed, std::int64_t draw) const;

  RewardFunction& reward_;
  GuidanceSettings settings_;
};

}  // namespace tess2::diffusion
