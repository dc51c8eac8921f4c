#include "train/precision.h"

#include <array>
#include <string>

#include "core/error.h"
#include "core/settings.h"

namespace tess2::train {

std::span<const std::pair<std::string_view, Precision>> precision_names() {
  static constexpr std::array<std::pair<std::string_view, Precision>, 2> kNames{{
      {"float32", Precision::kFloat32},
      {"bf16", Precision::kBf16},
  }};
  return kNames;
}

Precision parse_precision(std::string_view name, std::string_view option) {
  for (const auto& [known, precision] : precision_names()) {
    if (known == name) return precision;
  }
  throw UsageError(std::string(option) + ": expected float32 or bf16, found " + std::string(name));
}

void PrecisionSettings::bind(SettingsBinder& binder) {
  binder.field("precision", precision,
               "arithmetic of activations and products; weights and optimiser are float32",
               precision_names());
  binder.field("activation_checkpointing", activation_checkpointing,
               "keep the blocks' inputs alone and run them again in the backward pass");
}

model::Compute PrecisionSettings::compute() const {
  return {precision == Precision::kBf16 ? at::kBFloat16 : at::kFloat, activation_checkpointing};
}

}  // namespace tess2::train
