// When more denoising steps would not change the answer: `steps=auto`.
#pragma once

#include <cstdint>

#include "diffusion/sampling.h"

namespace tess2::diffusion {

struct ConvergenceSettings {
  /// Steps in a row in which no row may take another token.
  std::int64_t stable_steps = 3;
  /// The most that the mean over rows of KL(prediction || prediction before) may be, in nats.
  double divergence = 0.01;
};

/// Follows the predictions of one run.
class Convergence {
 public:
  explicit Convergence(const ConvergenceSettings& settings = {}) : settings_(settings) {}

  /// Looks at one more step; returns whether the run has converged.
  bool observe(const StepEvent& event);

 private:
  ConvergenceSettings settings_;
  std::int64_t unchanged_ = 0;  ///< steps in a row without another token
};

/// Mean over rows of KL(softmax(logits) || softmax(previous)), in nats. Both are [N,V], N > 0, and
/// either may be float32 or float16.
double mean_divergence(const at::Tensor& logits, const at::Tensor& previous);

}  // namespace tess2::diffusion
