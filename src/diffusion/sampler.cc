#include "diffusion/sampler.h"

namespace tess2::diffusion {
namespace {

SampleResult finish(Sampling& sampling, const StepObserver& observe) {
  while (!sampling.finished()) {
    const StepEvent event = sampling.step();
    if (observe && !observe(event)) break;
  }
  return {sampling.filled(), sampling.logits(), sampling.steps_taken()};
}

}  // namespace

SampleResult Sampler::run(const Canvas& canvas, std::span<const std::uint64_t> seeds,
                          const StepObserver& observe) {
  Sampling sampling(denoiser_, settings_, guidance_, canvas, seeds);
  return finish(sampling, observe);
}

SampleResult Sampler::run(const Canvas& canvas, std::span<const std::uint64_t> seeds,
                          const NoiseSource& noise, const StepObserver& observe) {
  Sampling sampling(denoiser_, settings_, guidance_, canvas, seeds, &noise);
  return finish(sampling, observe);
}

}  // namespace tess2::diffusion
