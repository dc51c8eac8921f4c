// Checks that the layers of a source tree point down only.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tess2::architecture {

/// For each layer, in the table's order of reading, the layers whose headers it may include.
struct LayerTable {
  std::vector<std::string> order;
  std::map<std::string, std::set<std::string>> allowed;
};

/// Reads lines `LAYER: ALLOWED...`; `#` begins a comment. Throws std::runtime_error for a missing
/// file, a line without a colon or a layer that is listed twice.
LayerTable read_layer_table(const std::filesystem::path& file);

/// One message for each layer that the table allows something that is not listed above it.
std::vector<std::string> upward_rules(const LayerTable& table);

/// One message, `FILE:LINE: ...`, for each include under `source` that breaks the table: of a layer
/// not allowed, of a file that is in no layer, of a LibTorch header where it must stay out (`core`,
/// `text`, `data`); and one for each folder that the table does not know.
std::vector<std::string> broken_rules(const std::filesystem::path& source, const LayerTable& table);

}  // namespace tess2::architecture
