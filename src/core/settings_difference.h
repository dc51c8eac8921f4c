// Where two recipes say different things.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tess2 {

/// A key whose values differ, as text; `none` stands for a key that is not there.
struct SettingDifference {
  std::string key;  ///< dotted: `loop.steps`
  std::string before;
  std::string now;
};

/// The first key, in the order of `now`, whose value in `before` is another, but for the keys of
/// `may_differ`; nothing where there is none. Both are recipes as SettingsTable::to_yaml writes
/// them. Throws Error for what is not YAML.
std::optional<SettingDifference> first_difference(std::string_view before, std::string_view now,
                                                  std::span<const std::string_view> may_differ);

}  // namespace tess2
