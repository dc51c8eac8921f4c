#include "diffusion/sampler.h"

#include "core/error.h"
#include "core/random.h"

namespace tess2::diffusion {
namespace {

std::vector<Level> same_level(const Canvas& canvas, Level level) {
  return std::vector<Level>(static_cast<std::size_t>(canvas.batch()), level);
}

}  // namespace

Sampler::Sampler(Denoiser& denoiser, const SamplerSettings& settings, RewardGuidance* guidance)
    : denoiser_(denoiser),
      settings_(settings),
      guidance_(guidance),
      schedule_(settings.schedule, settings.steps) {}

SampleResult Sampler::run(const Canvas& canvas, std::span<const std::uint64_t> seeds,
                          const StepObserver& observe) {
  const CounterNoise noise({seeds.begin(), seeds.end()});
  return run(canvas, seeds, noise, observe);
}

SampleResult Sampler::run(const Canvas& canvas, std::span<const std::uint64_t> seeds,
                          const NoiseSource& noise, const StepObserver& observe) {
  if (static_cast<std::int64_t>(seeds.size()) != canvas.batch()) {
    throw Error("sampler: expected one seed a sequence");
  }
  at::NoGradGuard no_grad;
  // s_T = k eps: no token has any weight yet.
  NoisySimplex simplex = NoisySimplex::regenerated(
      canvas, at::zeros({canvas.row_count()}, at::kLong), same_level(canvas, kPureNoise), noise, 0);
  SampleResult result;
  at::Tensor tokens;
  for (std::int64_t step = 0; step < schedule_.steps(); ++step) {
    const float time = schedule_.time(schedule_.steps() - 1 - step);
    const std::vector<float> times(static_cast<std::size_t>(canvas.batch()), time);
    result.logits = denoiser_.predict({canvas, simplex, times, result.logits});
    if (guidance_) result.logits = guidance_->apply(canvas, result.logits, seeds, step);
    tokens = argmax_tokens(result.logits);
    result.steps = step + 1;
    simplex = next_simplex(canvas, simplex, result.logits, seeds, noise, step);
    if (observe && !observe({step, schedule_.steps(), canvas, result.logits, tokens, simplex})) {
      break;
    }
  }
  result.ids = canvas.filled(tokens);
  return result;
}

at::Tensor Sampler::project_rows(const Canvas& canvas, const at::Tensor& logits,
                                 std::span<const std::uint64_t> seeds, std::int64_t step) const {
  return project(logits, settings_.projection, [&](std::int64_t n) {
    const auto sequence = static_cast<std::size_t>(canvas.row_sequence(n));
    return uniform_at(seeds[sequence], Stream::kProjection, static_cast<std::uint32_t>(step),
                      static_cast<std::uint32_t>(canvas.row_position(n)));
  });
}

NoisySimplex Sampler::next_simplex(const Canvas& canvas, const NoisySimplex& current,
                                   const at::Tensor& logits, std::span<const std::uint64_t> seeds,
                                   const NoiseSource& noise, std::int64_t step) const {
  const std::int64_t t = schedule_.steps() - 1 - step;
  const Level next = t > 0 ? schedule_.level(t - 1) : kClean;
  if (settings_.kind == SamplerKind::kDdim) {
    return implied_noise_step(current, logits, schedule_.level(t), next);
  }
  NoisySimplex simplex = NoisySimplex::regenerated(
      canvas, project_rows(canvas, logits, seeds, step), same_level(canvas, next), noise, step + 1);
  if (!settings_.dense) return simplex;
  return NoisySimplex::dense(simplex.to_dense(denoiser_.vocab_size()));
}

NoisySimplex Sampler::implied_noise_step(const NoisySimplex& current, const at::Tensor& logits,
                                         Level now, Level next) const {
  const double k = kSimplexValue;
  const at::Tensor clean = at::softmax(logits, -1).mul_(2.0 * k).sub_(k);
  if (next.noise == 0.0f) return NoisySimplex::dense(clean);
  const at::Tensor noisy = current.to_dense(denoiser_.vocab_size());
  const at::Tensor implied = (noisy - clean * now.signal) / now.noise;
  return NoisySimplex::dense(clean * next.signal + implied * next.noise);
}

}  // namespace tess2::diffusion
