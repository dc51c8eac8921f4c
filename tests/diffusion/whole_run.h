// Whole runs of the sampling, for tests that look at their result.
#pragma once

#include <cstdint>
#include <functional>

#include "diffusion/sampling.h"

namespace tess2::diffusion::testing {

struct WholeRun {
  at::Tensor ids;          ///< [B,L] int64: the canvas with the last argmax in its span
  at::Tensor logits;       ///< [N,V] of the last step
  std::int64_t steps = 0;  ///< steps taken
};

/// Takes the steps that are left; `observe`, where given, sees each.
inline WholeRun finish(Sampling& sampling,
                       const std::function<void(const StepEvent&)>& observe = {}) {
  while (!sampling.finished()) {
    const StepEvent event = sampling.step();
    if (observe) observe(event);
  }
  return {sampling.filled(), sampling.logits(), sampling.steps_taken()};
}

}  // namespace tess2::diffusion::testing
