// The loss and the training step's draws (sections 2 and 3).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "diffusion/cross_entropy.h"
#include "diffusion/denoiser.h"
#include "diffusion/noise.h"
#include "diffusion/schedule.h"
#include "diffusion/time_warp.h"

namespace tess2::diffusion {

struct ObjectiveSettings {
  /// T of training (section 1).
  std::int64_t timesteps = 5000;
  ScheduleKind schedule = ScheduleKind::kSquaredCosImproved;
  /// Chance that a micro-batch predicts twice (section 3, step 2).
  double self_condition_probability = 0.5;
  /// Where set, labels that are this padding token do not count (`mask_padding_in_loss`).
  std::optional<std::int64_t> ignored_label = std::nullopt;
};

/// What is drawn for one micro-batch.
struct TrainingDraw {
  std::vector<std::int64_t> timesteps;  ///< t, one a sequence
  bool self_condition = false;          ///< whether to predict at t + 1 first
  std::vector<double> levels = {};      ///< under time warping: what t is the whole part of
};

struct Loss {
  at::Tensor mean;          ///< scalar: mean over the counted positions of the batch
  at::Tensor per_sequence;  ///< [B]: sum over a sequence's counted positions over their number
};

class Objective {
 public:
  explicit Objective(const ObjectiveSettings& settings);

  const Schedule& schedule() const { return schedule_; }

  /// t ~ U{0..T-1}, or as `warp` draws it, for each of `batch` sequences, and the self-conditioning
  /// coin; a function of (seed, step), and of the warp, alone.
  TrainingDraw draw(std::uint64_t seed, std::int64_t step, std::int64_t batch,
                    const TimeWarp* warp = nullptr) const;

  /// One training step's loss. The canvas holds clean ids; its rows are the span. `noise_draw`
  /// selects the noise, the same for both predictions. Position 0 and ignored labels do not count.
  Loss loss(Denoiser& denoiser, const Canvas& canvas, const TrainingDraw& draw,
            const NoiseSource& noise, std::int64_t noise_draw) const;

  /// The loss with given previous logits ([N,V] or undefined) and no first prediction.
  Loss loss_given_previous(Denoiser& denoiser, const Canvas& canvas,
                           const std::vector<std::int64_t>& timesteps, const NoiseSource& noise,
                           std::int64_t noise_draw, const at::Tensor& previous) const;

 private:
  /// Losses at `timesteps`; with `earlier_timesteps`, after a first prediction at those.
  Loss loss_at(Denoiser& denoiser, const Canvas& canvas, const std::vector<std::int64_t>& timesteps,
               const std::vector<std::int64_t>* earlier_timesteps, const NoiseSource& noise,
               std::int64_t noise_draw, const at::Tensor& previous) const;

  ObjectiveSettings settings_;
  Schedule schedule_;
};

}  // namespace tess2::diffusion
