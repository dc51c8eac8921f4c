// The learning rate over a run: linear warm-up, then constant, linear or cosine.
#pragma once

#include <cstdint>

namespace tess2 {
class SettingsBinder;
}

namespace tess2::train {

enum class Decay { kConstant, kLinear, kCosine };

struct LearningRateSettings {
  double peak = 1e-3;
  /// Steps of linear warm-up; where 0, `warmup_ratio` of the run counts.
  std::int64_t warmup_steps = 0;
  double warmup_ratio = 0.0;
  Decay decay = Decay::kConstant;
  /// Where the decay ends, as a part of the peak.
  double final_ratio = 0.0;

  void bind(SettingsBinder& binder);
};

/// Rate of step `step` in [0, steps): peak (step + 1) / warm-up while warming up.
double learning_rate(const LearningRateSettings& settings, std::int64_t step, std::int64_t steps);

}  // namespace tess2::train
