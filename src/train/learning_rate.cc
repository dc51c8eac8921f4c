#include "train/learning_rate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>
#include <utility>

#include "core/settings.h"

namespace tess2::train {
namespace {

constexpr std::array<std::pair<std::string_view, Decay>, 3> kDecayNames{{
    {"constant", Decay::kConstant},
    {"linear", Decay::kLinear},
    {"cosine", Decay::kCosine},
}};

}  // namespace

void LearningRateSettings::bind(SettingsBinder& binder) {
  binder.field("peak", peak, "learning rate after warm-up").above(0);
  binder.field("warmup_steps", warmup_steps, "steps of linear warm-up").at_least(0);
  binder
      .field("warmup_ratio", warmup_ratio, "warm-up as a part of the run, where warmup_steps is 0")
      .at_least(0)
      .at_most(1);
  binder.field("decay", decay, "course after warm-up", kDecayNames);
  binder.field("final_ratio", final_ratio, "where the decay ends, as a part of the peak")
      .at_least(0)
      .at_most(1);
}

double learning_rate(const LearningRateSettings& settings, std::int64_t step, std::int64_t steps) {
  const std::int64_t warmup =
      settings.warmup_steps > 0
          ? settings.warmup_steps
          : static_cast<std::int64_t>(settings.warmup_ratio * static_cast<double>(steps));
  if (step < warmup) {
    return settings.peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
  }
  if (settings.decay == Decay::kConstant) return settings.peak;
  const double left = static_cast<double>(std::max<std::int64_t>(steps - warmup, 1));
  const double passed = std::min(static_cast<double>(step - warmup) / left, 1.0);
  const double shape = settings.decay == Decay::kLinear
                           ? 1.0 - passed
                           : 0.5 * (1.0 + std::cos(std::numbers::pi * passed));
  return settings.peak * (settings.final_ratio + (1.0 - settings.final_ratio) * shape);
}

}  // namespace tess2::train
