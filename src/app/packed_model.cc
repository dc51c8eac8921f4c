#include "app/packed_model.h"

#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>

#include "core/error.h"
#include "engine/packed_checkpoint.h"

namespace tess2::app {
namespace {

using model::kConfigName;

/// Bytes that a process may still use: what the kernel calls available. Nothing where it does not
/// tell.
std::optional<std::int64_t> available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  for (std::int64_t kilobytes; file >> key >> kilobytes; std::getline(file, unit)) {
    if (key == "MemAvailable:") return kilobytes * 1024;
  }
  return std::nullopt;
}

std::string gigabytes(std::int64_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f GB", static_cast<double>(bytes) / 1e9);
  return text.data();
}

}  // namespace

void check_memory(const model::Config& config, engine::WeightFormat format) {
  const std::int64_t needed = engine::packed_bytes(config, format);
  const auto available = available_memory();
  if (!available || needed <= *available) return;
  throw Error("memory: the weights in " + std::string(engine::name_of(format)) + " need " +
              gigabytes(needed) + ", and " + gigabytes(*available) + " are free");
}

engine::PackedSimplexLM load_packed_model(const std::filesystem::path& folder) {
  model::Config config = model::read_config(folder / kConfigName);
  if (config.packed_format.empty()) {
    throw FormatError(folder / kConfigName, "quantization_config",
                      "a packed checkpoint (make one with `tess2 quantize`)", "none");
  }
  check_memory(config, engine::packed_format(config, folder));
  auto packed = engine::load_packed_weights(folder, config);
  return {std::move(config), std::move(packed)};
}

}  // namespace tess2::app
