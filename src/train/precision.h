// In which arithmetic a run trains, and what it keeps for the backward pass.
#pragma once

#include <span>
#include <string_view>
#include <utility>

#include "model/transformer.h"

namespace tess2 {
class SettingsBinder;
}

namespace tess2::train {

/// Weights, gradients and moments are float32 either way.
enum class Precision {
  kFloat32,
  kBf16,  ///< activations and products in bfloat16, sums in float32
};

std::span<const std::pair<std::string_view, Precision>> precision_names();
/// By name. Throws UsageError, which names the `option`.
Precision parse_precision(std::string_view name, std::string_view option);

struct PrecisionSettings {
  Precision precision = Precision::kFloat32;
  /// Keeps the input of each block alone, and makes the rest again in the backward pass: less
  /// memory, a third more work.
  bool activation_checkpointing = false;

  void bind(SettingsBinder& binder);
  model::Compute compute() const;
};

}  // namespace tess2::train
