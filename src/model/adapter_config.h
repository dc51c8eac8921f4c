// adapter_config.json: what PEFT keeps of a low-rank adapter beside its tensors.
#pragma once

#include <filesystem>
#include <string>

#include "model/lora.h"

namespace tess2::model {

/// The file that makes a folder without whole weights an adapter's.
inline constexpr const char* kAdapterConfigName = "adapter_config.json";

/// What the file says of an adapter.
struct AdapterDescription {
  LoraConfig lora;
  /// Whether every map that a target names has an adapter. Else the tensors alone say which have
  /// one: targets that are a pattern, exceptions, chosen layers.
  bool names_all = true;
};

/// The description in a JSON text. Keys that change nothing here are ignored. Throws FormatError
/// naming `file`, the key, what was expected and found, also for every variant of adapters that is
/// not implemented.
AdapterDescription parse_adapter_config(std::string_view text, const std::filesystem::path& file);

/// The text that PEFT reads as these adapters of a model of this kind.
std::string adapter_config_text(const LoraConfig& lora, ModelKind kind);

}  // namespace tess2::model
