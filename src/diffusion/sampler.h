// Sampling (section 4): from pure noise to tokens in any number of steps.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <span>

#include "diffusion/denoiser.h"
#include "diffusion/guidance.h"
#include "diffusion/noise.h"
#include "diffusion/projection.h"
#include "diffusion/schedule.h"
#include "diffusion/settings.h"

namespace tess2::diffusion {

/// What an observer sees after a step's prediction.
struct StepEvent {
  std::int64_t step;   ///< 0 for the first
  std::int64_t steps;  ///< of the whole run
  const Canvas& canvas;
  const at::Tensor& logits;     ///< [N,V], after guidance
  const at::Tensor& tokens;     ///< [N] int64, the argmax of the logits
  const NoisySimplex& simplex;  ///< s_{t-1}, what the next step starts from
};

/// Returns false to stop after this step.
using StepObserver = std::function<bool(const StepEvent&)>;

struct SampleResult {
  at::Tensor ids;          ///< [B,L] int64: the canvas with the last argmax in its span
  at::Tensor logits;       ///< [N,V] of the last step
  std::int64_t steps = 0;  ///< steps taken
};

class Sampler {
 public:
  /// `denoiser` and `guidance` (may be null) must outlive the sampler.
  Sampler(Denoiser& denoiser, const SamplerSettings& settings, RewardGuidance* guidance = nullptr);

  /// Denoises the canvas's rows. One seed a sequence; what a sequence becomes is a function of its
  /// ids, span, seed and the settings, whatever else is in the batch.
  SampleResult run(const Canvas& canvas, std::span<const std::uint64_t> seeds,
                   const StepObserver& observe = {});

  /// As `run`, with given noise (the seeds serve the draws of projection and guidance alone).
  SampleResult run(const Canvas& canvas, std::span<const std::uint64_t> seeds,
                   const NoiseSource& noise, const StepObserver& observe);

 private:
  at::Tensor project_rows(const Canvas& canvas, const at::Tensor& logits,
                          std::span<const std::uint64_t> seeds, std::int64_t step) const;
  NoisySimplex next_simplex(const Canvas& canvas, const NoisySimplex& current,
                            const at::Tensor& logits, std::span<const std::uint64_t> seeds,
                            const NoiseSource& noise, std::int64_t step) const;
  NoisySimplex implied_noise_step(const NoisySimplex& current, const at::Tensor& logits, Level now,
                                  Level next) const;

  Denoiser& denoiser_;
  SamplerSettings settings_;
  RewardGuidance* guidance_;
  Schedule schedule_;
};

}  // namespace tess2::diffusion
