#include "engine/weight_format.h"

#include <array>
#include <string>

#include "core/error.h"

namespace tess2::engine {

std::span<const std::pair<std::string_view, WeightFormat>> weight_format_names() {
  static constexpr std::array<std::pair<std::string_view, WeightFormat>, 3> kNames{
      {{"bf16", WeightFormat::kBf16}, {"q8", WeightFormat::kQ8}, {"q4", WeightFormat::kQ4}}};
  return kNames;
}

WeightFormat parse_weight_format(std::string_view name, std::string_view option) {
  for (const auto& [known, format] : weight_format_names()) {
    if (known == name) return format;
  }
  throw UsageError(std::string(option) + ": expected bf16, q8 or q4, found " + std::string(name));
}

std::string_view name_of(WeightFormat format) {
  for (const auto& [name, value] : weight_format_names()) {
    if (value == format) return name;
  }
  return "";
}

}  // namespace tess2::engine
