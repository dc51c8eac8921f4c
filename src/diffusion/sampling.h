// One run of the sampler (section 4), a denoising step at a time, so that whoever drives it may
// watch, stop, fix tokens, or let several runs take turns.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "diffusion/canvas.h"
#include "diffusion/denoiser.h"
#include "diffusion/guidance.h"
#include "diffusion/noise.h"
#include "diffusion/schedule.h"
#include "diffusion/settings.h"
#include "diffusion/simplex.h"

namespace tess2::diffusion {

/// What an observer sees after a step's prediction.
struct StepEvent {
  std::int64_t step;   ///< 0 for the first
  std::int64_t steps;  ///< taken by the end of the schedule, restarts included
  const Canvas& canvas;
  const at::Tensor& logits;  ///< [N,V], after guidance
  const at::Tensor& tokens;  ///< [N] int64, the argmax of the logits
  /// [N,V] and [N], the same of the step before; undefined at the first.
  const at::Tensor& previous_logits;
  const at::Tensor& previous_tokens;
  const NoisySimplex& simplex;  ///< s_{t-1}, what the next step starts from
};

class Sampling {
 public:
  /// Starts from s_T = k eps at the canvas's rows. One seed a sequence keys its noise and draws;
  /// what a sequence becomes is a function of its ids, span, seed and the settings, whatever else
  /// is in the batch. `given`, where not null, is the noise instead of that of the seeds.
  /// `denoiser`, `guidance` (may be null) and `given` must outlive the run. Throws Error for
  /// another number of seeds than sequences, and for a prompt cache where the denoiser keeps none.
  Sampling(Denoiser& denoiser, const SamplerSettings& settings, RewardGuidance* guidance,
           Canvas canvas, std::span<const std::uint64_t> seeds, const NoiseSource* given = nullptr);

  Sampling(const Sampling&) = delete;
  Sampling& operator=(const Sampling&) = delete;

  std::int64_t steps_taken() const { return step_; }
  std::int64_t steps_planned() const { return begun_at_ + schedule_.steps(); }
  /// True once all steps are taken.
  bool finished() const { return step_ == steps_planned(); }

  /// Takes one step; not to be called once finished. What the event refers to lives until the next
  /// call of a member that is not const.
  StepEvent step();

  /// The tokens of the last step are given from now on at the rows that `chosen` [N] bool tells:
  /// they leave the rows and the span and become context, with neither noise nor time. Needs a
  /// step before it.
  void commit(const at::Tensor& chosen);

  /// Goes from the first noise level to the last once more, in `steps` steps, at the rows that are
  /// left, which begin as pure noise again and without an earlier prediction. Needs a step before
  /// it.
  void restart(std::int64_t steps);

  /// Takes the positions from `length` (>= 1) on off the canvas, and the rows there with them: the
  /// denoiser does not see them any more. The rows that stay keep their noise, their place and
  /// what was predicted for them. Needs a step before it.
  void shorten(std::int64_t length);

  /// The canvas, as long as it still is, with what has been committed written into its ids.
  const Canvas& canvas() const { return canvas_; }
  const at::Tensor& logits() const { return logits_; }  ///< [N,V] of the last step
  const at::Tensor& tokens() const { return tokens_; }  ///< [N] int64, their argmax
  /// [B,L] int64: the canvas with the last step's tokens in its span.
  at::Tensor filled() const { return canvas_.filled(tokens_); }
  /// What is kept of each sequence's context; empty without a prompt cache.
  std::span<const ContextCache> contexts() const { return contexts_; }

 private:
  void go_on_with(const at::Tensor& kept, Canvas canvas);
  at::Tensor project_rows() const;
  NoisySimplex next_simplex() const;
  NoisySimplex implied_noise_step(Level now, Level next) const;

  Denoiser& denoiser_;
  SamplerSettings settings_;
  RewardGuidance* guidance_;
  Schedule schedule_;
  Canvas canvas_;
  std::vector<std::uint64_t> seeds_;
  std::unique_ptr<const NoiseSource> own_noise_;  ///< null where the noise was given
  const NoiseSource& noise_;
  NoisySimplex simplex_;
  std::vector<ContextCache> contexts_;
  std::int64_t step_ = 0;
  std::int64_t begun_at_ = 0;  ///< the step that the schedule began with
  at::Tensor logits_;
  at::Tensor tokens_;
  at::Tensor previous_logits_;
  at::Tensor previous_tokens_;
};

}  // namespace tess2::diffusion
