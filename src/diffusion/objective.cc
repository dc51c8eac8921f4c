#include "diffusion/objective.h"

#include <algorithm>

#include "core/random.h"

namespace tess2::diffusion {
namespace {

std::vector<Level> levels_at(const Schedule& schedule, const std::vector<std::int64_t>& timesteps) {
  std::vector<Level> levels;
  for (const std::int64_t t : timesteps) levels.push_back(schedule.level(t));
  return levels;
}

std::vector<float> times_at(const Schedule& schedule, const std::vector<std::int64_t>& timesteps) {
  std::vector<float> times;
  for (const std::int64_t t : timesteps) times.push_back(schedule.time(t));
  return times;
}

}  // namespace

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

Loss Objective::loss(Denoiser& denoiser, const Canvas& canvas, const TrainingDraw& draw,
                     const NoiseSource& noise, std::int64_t noise_draw) const {
  if (!draw.self_condition) {
    return loss_at(denoiser, canvas, draw.timesteps, nullptr, noise, noise_draw, {});
  }
  // 2. With the same noise, predict once at t + 1, without gradient. 3. Predict at t.
  std::vector<std::int64_t> later = draw.timesteps;
  for (std::int64_t& t : later) t = std::min(t + 1, schedule_.steps() - 1);
  return loss_at(denoiser, canvas, draw.timesteps, &later, noise, noise_draw, {});
}

Loss Objective::loss_given_previous(Denoiser& denoiser, const Canvas& canvas,
                                    const std::vector<std::int64_t>& timesteps,
                                    const NoiseSource& noise, std::int64_t noise_draw,
                                    const at::Tensor& previous) const {
  return loss_at(denoiser, canvas, timesteps, nullptr, noise, noise_draw, previous);
}

Loss Objective::loss_at(Denoiser& denoiser, const Canvas& canvas,
                        const std::vector<std::int64_t>& timesteps,
                        const std::vector<std::int64_t>* earlier_timesteps,
                        const NoiseSource& noise, std::int64_t noise_draw,
                        const at::Tensor& previous) const {
  const at::Tensor labels = canvas.row_tokens();
  // The shift leaves nothing that could predict position 0.
  at::Tensor counted = canvas.row_places().remainder(canvas.length()).ne(0);
  if (settings_.ignored_label) counted = counted.logical_and(labels.ne(*settings_.ignored_label));
  const at::Tensor counts = counted.to(at::kFloat);
  const at::Tensor weights = counts / counts.sum().clamp_min(1.0);

  const auto simplex_at = [&](const std::vector<std::int64_t>& at) {
    return NoisySimplex::regenerated(canvas, labels, levels_at(schedule_, at), noise, noise_draw);
  };
  const NoisySimplex simplex = simplex_at(timesteps);
  const DenoiserInput input{canvas, simplex, times_at(schedule_, timesteps), previous};
  TokenLosses losses;
  if (earlier_timesteps == nullptr) {
    losses = denoiser.losses(input, nullptr, labels, weights);
  } else {
    const NoisySimplex noisier = simplex_at(*earlier_timesteps);
    const DenoiserInput earlier{canvas, noisier, times_at(schedule_, *earlier_timesteps), {}};
    losses = denoiser.losses(input, &earlier, labels, weights);
  }
  const at::Tensor sequence = canvas.row_places().floor_divide(canvas.length());
  const at::Tensor zeros = at::zeros({canvas.batch()}, at::kFloat);
  const at::Tensor sums = zeros.index_add(0, sequence, losses.each * counts);
  return {losses.total, sums / zeros.index_add(0, sequence, counts).clamp_min(1.0)};
}

}  // namespace tess2::diffusion
