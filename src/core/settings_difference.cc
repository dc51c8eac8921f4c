#include "core/settings_difference.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/terminal.h"

namespace tess2 {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const YAML::Node& node) {
  if (node.IsScalar()) return node.Scalar();
  std::string text;
  for (const YAML::Node& item : node) text += (text.empty() ? "" : ", ") + item.Scalar();
  return "[" + text + "]";
}

void flatten(const YAML::Node& map, const std::string& prefix, Entries& entries) {
  for (const auto& entry : map) {
    const std::string key = prefix + entry.first.Scalar();
    if (entry.second.IsMap()) {
      flatten(entry.second, key + ".", entries);
    } else {
      entries.emplace_back(key, text_of(entry.second));
    }
  }
}

/// Every key of a recipe with its value, in order.
Entries entries_of(std::string_view yaml) {
  try {
    Entries entries;
    const YAML::Node root = YAML::Load(std::string(yaml));
    if (root.IsMap()) flatten(root, "", entries);
    return entries;
  } catch (const YAML::Exception& error) {
    throw Error("recipe: expected YAML, found " + printable(error.msg));
  }
}

std::string value_of(const Entries& entries, const std::string& key) {
  const auto found = std::ranges::find(entries, key, &Entries::value_type::first);
  return found == entries.end() ? "none" : found->second;
}

}  // namespace

std::optional<SettingDifference> first_difference(std::string_view before, std::string_view now,
                                                  std::span<const std::string_view> may_differ) {
  const Entries old_entries = entries_of(before);
  const Entries new_entries = entries_of(now);
  for (const Entries* entries : {&new_entries, &old_entries}) {
    for (const auto& [key, value] : *entries) {
      if (std::ranges::find(may_differ, key) != may_differ.end()) continue;
      SettingDifference difference{key, value_of(old_entries, key), value_of(new_entries, key)};
      if (difference.before != difference.now) return difference;
    }
  }
  return std::nullopt;
}

}  // namespace tess2
