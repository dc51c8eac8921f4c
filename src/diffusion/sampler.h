// Sampling (section 4): from pure noise to tokens in any number of steps.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <span>

#include "diffusion/denoiser.h"
#include "diffusion/guidance.h"
#include "diffusion/noise.h"
#include "diffusion/sampling.h"
#include "diffusion/settings.h"

namespace tess2::diffusion {

/// Returns false to stop after this step.
using StepObserver = std::function<bool(const StepEvent&)>;

struct SampleResult {
  at::Tensor ids;          ///< [B,L] int64: the canvas with the last argmax in its span
  at::Tensor logits;       ///< [N,V] of the last step
  std::int64_t steps = 0;  ///< steps taken
};

/// Whole runs; diffusion/sampling.h is one step by step.
class Sampler {
 public:
  /// `denoiser` and `guidance` (may be null) must outlive the sampler.
  Sampler(Denoiser& denoiser, const SamplerSettings& settings, RewardGuidance* guidance = nullptr)
      : denoiser_(denoiser), settings_(settings), guidance_(guidance) {}

  /// Denoises the canvas's rows. One seed a sequence; what a sequence becomes is a function of its
  /// ids, span, seed and the settings, whatever else is in the batch.
  SampleResult run(const Canvas& canvas, std::span<const std::uint64_t> seeds,
                   const StepObserver& observe = {});

  /// As `run`, with given noise (the seeds serve the draws of projection and guidance alone).
  SampleResult run(const Canvas& canvas, std::span<const std::uint64_t> seeds,
                   const NoiseSource& noise, const StepObserver& observe);

 private:
  Denoiser& denoiser_;
  SamplerSettings settings_;
  RewardGuidance* guidance_;
};

}  // namespace tess2::diffusion
