// When more denoising steps would not change the answer: `steps=auto`.
#pragma once

#include <cstdint>

#include "diffusion/sampling.h"

namespace tess2::diffusion {

/// A long schedule cannot be left early without loss of what makes it long: its first steps all see
/// nearly pure noise. So a run that is to stop by itself takes the steps of a shorter one, which
/// goes over the whole range of noise, and leaves that. The numbers are those of the demo's tuned
/// model and its 800 held-out instructions: of schedules of 10 to 100 steps and 1 to 4 stable steps
/// they are the fewest forward passes (9 an answer) of which every neighbour was as accurate as the
/// run of 100 steps. Answers that had not settled after 20 steps were not better after 100.
struct ConvergenceSettings {
  /// Steps of the schedule, where more are allowed.
  std::int64_t schedule_steps = 20;
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
