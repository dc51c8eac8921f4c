// What a user may choose about sampling, projection and guidance (sections 4 and 5).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "diffusion/schedule.h"

namespace tess2::diffusion {

struct ProjectionSettings {
  /// Mass of the nucleus in [0, 1]; the token that crosses it is kept, so 0 keeps the best alone.
  double top_p = 0.99;
  /// Divides the logits before the softmax; above 0.
  double temperature = 1.0;
};

enum class SamplerKind {
  kDdpm,  ///< projects to drawn tokens and re-noises with fresh noise
  kDdim,  ///< projects to 2k softmax - k and keeps the noise that s_t implies
};

std::span<const std::pair<std::string_view, SamplerKind>> sampler_names();

/// Which noise levels the steps are taken at.
enum class StepSpacing {
  kLearned,  ///< closer where the model's loss rises, if it was trained with time warping
  kUniform,  ///< evenly in t, as the reference
};

std::span<const std::pair<std::string_view, StepSpacing>> spacing_names();

struct SamplerSettings {
  std::int64_t steps = 100;
  ScheduleKind schedule = ScheduleKind::kSquaredCosImproved;
  StepSpacing spacing = StepSpacing::kLearned;
  SamplerKind kind = SamplerKind::kDdpm;
  ProjectionSettings projection = {};
  /// Keeps the simplex as a tensor between DDPM steps instead of making its rows again: the same
  /// result, for checking and for watching s_t. DDIM always does.
  bool dense = false;
  /// Steps for which the context's keys and values serve: every so many they are made again. 1 is
  /// exact. For a denoiser that keeps context.
  std::int64_t prompt_cache = 1;
};

/// How logits become what the reward model reads.
enum class GuidanceInput {
  kSoftmax,  ///< c = softmax(logits / temperature)
  kGumbel,   ///< c = softmax((logits + Gumbel noise) / temperature)
  kHard,     ///< a one-hot draw; the gradient passes straight through to the softmax
};

std::span<const std::pair<std::string_view, GuidanceInput>> guidance_input_names();

struct GuidanceSettings {
  /// Guidance scale eta; 0 turns guidance off.
  double scale = 0.0;
  /// Inner steps n a denoising step.
  std::int64_t inner_steps = 1;
  GuidanceInput input = GuidanceInput::kSoftmax;
  /// tau of c; above 0.
  double temperature = 1.0;
};

}  // namespace tess2::diffusion
