// How far rounding alone moves a run of the sampler.
//
// A denoising run feeds every prediction into the next, and guidance at a large scale climbs a
// steep reward several times a step: differences of one rounding grow until tokens change. The
// reference computed its values in single precision, so past that point they say as much about its
// order of additions as about the method. To tell the two apart, a run is repeated with every
// prediction changed by about one rounding of a forward pass; what that moves, no comparison can
// decide.
#pragma once

#include <ATen/ATen.h>

#include <functional>

#include "diffusion/denoiser.h"
#include "golden/report.h"

namespace tess2::golden {

/// Largest rounding of one forward pass of a few layers in single precision, relative to the
/// largest logit: two correct programs differ by as much (the forward family shows it).
inline constexpr double kForwardRounding = 2e-6;
/// How often a run is repeated.
inline constexpr int kRepetitions = 16;

/// A denoiser whose predictions are off by up to kForwardRounding, most by a quarter of it.
class RoundedDenoiser final : public diffusion::Denoiser {
 public:
  RoundedDenoiser(diffusion::Denoiser& denoiser, std::uint64_t seed)
      : denoiser_(denoiser), seed_(seed) {}

  std::int64_t vocab_size() const override { return denoiser_.vocab_size(); }
  at::Tensor predict(const diffusion::DenoiserInput& input) override;

 private:
  diffusion::Denoiser& denoiser_;
  std::uint64_t seed_;
  std::uint32_t calls_ = 0;
};

/// What a run leaves: tokens [steps, ...] and numbers, the last of which depends on every step.
struct RunOutcome {
  at::Tensor tokens;
  at::Tensor first;
  at::Tensor last;
};

struct RunSensitivity {
  Determined tokens;
  Determined first;
  Determined last;
};

/// Repeats `run`, each time with another RoundedDenoiser, and compares with the plain `outcome`.
RunSensitivity measure_sensitivity(const RunOutcome& outcome, diffusion::Denoiser& denoiser,
                                   const std::function<RunOutcome(diffusion::Denoiser&)>& run);

}  // namespace tess2::golden
