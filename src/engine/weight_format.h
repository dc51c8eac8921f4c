// The formats in which the packed engine keeps the matrices of a model.
#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace tess2::engine {

enum class WeightFormat {
  kBf16,  ///< bfloat16 weights, bfloat16 activations
  kQ8,    ///< 8-bit weights with a scale an output channel, 8-bit activations
  kQ4,    ///< 4-bit weights in groups of 32, brought to 8 bits for the product
};

/// `bf16`, `q8`, `q4`, as on the command line and in config.json.
std::span<const std::pair<std::string_view, WeightFormat>> weight_format_names();
/// Throws UsageError naming `option` for another name.
WeightFormat parse_weight_format(std::string_view name, std::string_view option);
std::string_view name_of(WeightFormat format);

}  // namespace tess2::engine
