#include "diffusion/objective.h"

#include <algorithm>

#include "core/random.h"

namespace tess2::diffusion {

Objective::Objective(const ObjectiveSettings& settings)
    : settings_(settings), schedule_(settings.schedule, settings.timesteps) {}

TrainingDraw Objective::draw(std::uint64_t seed, std::int64_t step, std::int64_t batch,
                             const TimeWarp* warp) const {
  const auto at_step = static_cast<std::uint32_t>(step);
  TrainingDraw drawn;
  for (std::int64_t b = 0; b < batch; ++b) {
    const double u = uniform_at(seed, Stream::kTimestep, at_step, static_cast<std::uint32_t>(b));
    const double level =
        warp == nullptr ? u * static_cast<double>(schedule_.steps()) : warp->level(u);
    drawn.timesteps.push_back(static_cast<std::int64_t>(level));
    if (warp != nullptr) drawn.levels.push_back(level);
  }
  drawn.self_condition =
      uniform_at(seed, Stream::kSelfCondition, at_step, 0) < settings_.self_condition_probability;
  return drawn;
}

at::Tensor Objective::predict(Denoiser& denoiser, const Canvas& canvas,
                              const std::vector<std::int64_t>& timesteps, const NoiseSource& noise,
                              std::int64_t noise_draw, const at::Tensor& previous) const {
  std::vector<Level> levels;
  std::vector<float> times;
  for (const std::int64_t t : timesteps) {
    levels.push_back(schedule_.level(t));
    times.push_back(schedule_.time(t));
  }
  const NoisySimplex simplex =
      NoisySimplex::regenerated(canvas, canvas.row_tokens(), levels, noise, noise_draw);
  return denoiser.predict({canvas, simplex, times, previous});
}

Loss Objective::loss(Denoiser& denoiser, const Canvas& canvas, const TrainingDraw& draw,
                     const NoiseSource& noise, std::int64_t noise_draw) const {
  // 2. With the same noise, predict once at t + 1, without gradient.
  at::Tensor previous;
  if (draw.self_condition) {
    at::NoGradGuard no_grad;
    std::vector<std::int64_t> later = draw.timesteps;
    for (std::int64_t& t : later) t = std::min(t + 1, schedule_.steps() - 1);
    previous = predict(denoiser, canvas, later, noise, noise_draw, {});
  }
  // 3. Predict at t.
  return loss_given_previous(denoiser, canvas, draw.timesteps, noise, noise_draw, previous);
}

Loss Objective::loss_given_previous(Denoiser& denoiser, const Canvas& canvas,
                                    const std::vector<std::int64_t>& timesteps,
                                    const NoiseSource& noise, std::int64_t noise_draw,
                                    const at::Tensor& previous) const {
  return loss_of_logits(canvas, predict(denoiser, canvas, timesteps, noise, noise_draw, previous));
}

Loss Objective::loss_of_logits(const Canvas& canvas, const at::Tensor& logits) const {
  const at::Tensor labels = canvas.row_tokens();
  // The shift leaves nothing that could predict position 0.
  at::Tensor counted = canvas.row_places().remainder(canvas.length()).ne(0);
  if (settings_.ignored_label) counted = counted.logical_and(labels.ne(*settings_.ignored_label));
  const at::Tensor weights = counted.to(at::kFloat);
  const at::Tensor losses = cross_entropy(logits, labels) * weights;
  const at::Tensor sequence = canvas.row_places().floor_divide(canvas.length());
  const at::Tensor zeros = at::zeros({canvas.batch()}, at::kFloat);
  const at::Tensor sums = zeros.index_add(0, sequence, losses);
  const at::Tensor counts = zeros.index_add(0, sequence, weights);
  return {losses.sum() / weights.sum().clamp_min(1.0), sums / counts.clamp_min(1.0)};
}

}  // namespace tess2::diffusion
