#include "architecture/layer_rules.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace tess2::architecture {
namespace {

namespace fs = std::filesystem;

const std::set<std::string> kWithoutLibTorch = {"core", "text", "data", "serve"};

bool is_source(const fs::path& file) {
  static const std::set<std::string> kExtensions = {".h", ".cc", ".cu"};
  return kExtensions.contains(file.extension().string());
}

// First part of an included path; empty where it has only one.
std::string top_folder(const std::string& included) {
  const std::size_t slash = included.find('/');
  return slash == std::string::npos ? std::string() : included.substr(0, slash);
}

bool is_libtorch(const std::string& included) {
  static const std::set<std::string> kFolders = {"torch", "ATen", "c10", "caffe2"};
  return kFolders.contains(top_folder(included));
}

// What is wrong with an include in `layer`, or nothing.
std::optional<std::string> complaint(const std::string& layer, const std::string& included,
                                     bool quoted, const LayerTable& table) {
  if (is_libtorch(included) && kWithoutLibTorch.contains(layer)) {
    return layer + " must do without LibTorch, found " + included;
  }
  const std::string target = top_folder(included);
  const bool is_layer = table.allowed.contains(target);
  if (!quoted && !is_layer) return std::nullopt;
  if (!is_layer) return "expected an include relative to src/, found " + included;
  if (target == layer || table.allowed.at(layer).contains(target)) return std::nullopt;
  return layer + " may not include " + target + ", found " + included;
}

void check_file(const fs::path& file, const std::string& layer, const LayerTable& table,
                std::vector<std::string>& messages) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*([<"])([^">]+)[">])");
  std::ifstream in(file);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    std::smatch match;
    if (!std::regex_search(line, match, kInclude)) continue;
    const auto problem = complaint(layer, match[2], match[1] == "\"", table);
    if (problem) messages.push_back(file.string() + ":" + std::to_string(number) + ": " + *problem);
  }
}

void check_layer(const fs::path& folder, const LayerTable& table,
                 std::vector<std::string>& messages) {
  const std::string layer = folder.filename().string();
  if (!table.allowed.contains(layer)) {
    messages.push_back(folder.string() + ": this layer is not in the table");
    return;
  }
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && is_source(entry.path())) {
      check_file(entry.path(), layer, table, messages);
    }
  }
}

void read_rule(const std::string& line, const fs::path& file, LayerTable& table) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos) {
    throw std::runtime_error(file.string() + ": expected LAYER: ALLOWED..., found " + line);
  }
  const std::string layer = line.substr(0, colon);
  std::istringstream words(line.substr(colon + 1));
  std::set<std::string> allowed;
  for (std::string word; words >> word;) allowed.insert(word);
  if (!table.allowed.emplace(layer, std::move(allowed)).second) {
    throw std::runtime_error(file.string() + ": " + layer + " is listed twice");
  }
  table.order.push_back(layer);
}

}  // namespace

LayerTable read_layer_table(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw std::runtime_error(file.string() + ": cannot be opened");
  LayerTable table;
  for (std::string line; std::getline(in, line);) {
    line.erase(std::min(line.find('#'), line.size()));
    const bool blank = line.find_first_not_of(" \t") == std::string::npos;
    if (!blank) read_rule(line, file, table);
  }
  return table;
}

std::vector<std::string> upward_rules(const LayerTable& table) {
  std::vector<std::string> messages;
  std::set<std::string> below;
  for (const std::string& layer : table.order) {
    for (const std::string& target : table.allowed.at(layer)) {
      if (!below.contains(target)) messages.push_back(layer + " -> " + target + " points up");
    }
    below.insert(layer);
  }
  return messages;
}

std::vector<std::string> broken_rules(const fs::path& source, const LayerTable& table) {
  std::vector<std::string> messages;
  for (const auto& entry : fs::directory_iterator(source)) {
    if (entry.is_directory()) check_layer(entry.path(), table, messages);
  }
  std::sort(messages.begin(), messages.end());
  return messages;
}

}  // namespace tess2::architecture
