// Settings: structs that declare each field once (name, default, help, allowed values), read from a
// YAML recipe and from `key=value` options, described for `--help`, and written back in full.
//
//   struct OptimizerSettings {
//     double learning_rate = 1e-3;
//     void bind(SettingsBinder& b) {
//       b.field("learning_rate", learning_rate, "peak learning rate").above(0);
//     }
//   };
//   struct AdaptSettings {
//     std::int64_t steps = 600;
//     OptimizerSettings optimizer;
//     void bind(SettingsBinder& b) {
//       b.field("steps", steps, "optimizer steps").at_least(1);
//       b.group("optimizer", optimizer, "AdamW");
//     }
//   };
//
//   AdaptSettings settings;
//   SettingsTable table(settings);
//   table.load("adapt.yaml");
//   table.set("optimizer.learning_rate=3e-4", "--set");
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/setting.h"

namespace tess2 {

class SettingsTable;

/// What a settings struct's `bind` declares its fields to. Names within a table must differ
/// (std::logic_error otherwise: a mistake of the programmer, not of the user).
class SettingsBinder {
 public:
  /// Declares `member`; its value now is the default. The member must outlive the table.
  template <class T>
  Field<T>& field(std::string_view name, T& member, std::string help) {
    return add(name, member, std::move(help), setting_codec<T>());
  }

  /// As above for an enumeration; `names` must outlive the table.
  template <class Enum>
  Field<Enum>& field(std::string_view name, Enum& member, std::string help,
                     std::type_identity_t<SettingNames<Enum>> names) {
    return add(name, member, std::move(help), enum_codec<Enum>(names));
  }

  /// Declares the fields of the struct `nested` under `name.`.
  template <class Group>
  void group(std::string_view name, Group& nested, std::string help);

 private:
  friend class SettingsTable;
  SettingsBinder(SettingsTable& table, std::string prefix)
      : table_(table), prefix_(std::move(prefix)) {}

  template <class T>
  Field<T>& add(std::string_view name, T& member, std::string help, SettingCodec<T> codec);

  SettingsTable& table_;
  std::string prefix_;  ///< empty, or the group's name and a dot
};

/// One row of a settings table, for `--help`. A group's row has neither type nor default.
struct SettingDescription {
  std::string key;
  std::string type;  ///< with the allowed values: `integer >= 1`
  std::string default_value;
  std::string help;
};

/// The bound fields of a settings struct. Every call that fails leaves the fields it did not reach
/// as they were; messages are one line. A recipe's problems are told together (core/problems.h).
class SettingsTable {
 public:
  SettingsTable() = default;
  /// Binds `settings`, a struct with `void bind(SettingsBinder&)` that must outlive the table.
  template <class Settings>
  explicit SettingsTable(Settings& settings) {
    add(settings);
  }
  SettingsTable(const SettingsTable&) = delete;
  SettingsTable& operator=(const SettingsTable&) = delete;

  /// Binds the fields of one more struct, on the top level.
  template <class Settings>
  void add(Settings& settings) {
    SettingsBinder binder(*this, "");
    settings.bind(binder);
  }

  /// Reads a YAML recipe. Throws FileError where it cannot be read, FormatError where it is not
  /// YAML or gives a key twice, UsageError for an unknown key (naming the nearest known one) or a
  /// value that is not what is expected; all name file, line and key.
  void load(const std::filesystem::path& file);

  /// As `load`, of text; `file` is only for messages.
  void parse(std::string_view yaml, const std::filesystem::path& file);

  /// Applies `key=value`; a list is written `[a, b]`. A later value wins over an earlier one, and
  /// over the recipe. `option` is how messages name the source, such as `--set`.
  void set(std::string_view assignment, std::string_view option);

  /// As above for one key, where the option itself stands for it: `--seed 7`.
  void set(std::string_view key, std::string_view value, std::string_view option);

  /// Throws UsageError naming the required settings that were not given.
  void check_complete() const;

  bool contains(std::string_view key) const { return find(key) != nullptr; }
  /// In the order of declaration.
  std::vector<std::string> keys() const;
  std::vector<SettingDescription> describe() const;
  /// All values now, as a recipe that `load` would read back the same.
  std::string to_yaml() const;

 private:
  friend class SettingsBinder;

  struct Group {
    std::string key;
    std::string help;
    std::size_t first;  ///< index of its first setting
  };

  void add_setting(std::unique_ptr<Setting> setting);
  void add_group(std::string key, std::string help);
  void check_free(std::string_view key) const;
  bool is_group(std::string_view key) const;
  Setting* find(std::string_view key) const;

  std::vector<std::unique_ptr<Setting>> settings_;
  std::vector<Group> groups_;
};

template <class Nested>
void SettingsBinder::group(std::string_view name, Nested& nested, std::string help) {
  const std::string key = prefix_ + std::string(name);
  table_.add_group(key, std::move(help));
  SettingsBinder binder(table_, key + ".");
  nested.bind(binder);
}

template <class T>
Field<T>& SettingsBinder::add(std::string_view name, T& member, std::string help,
                              SettingCodec<T> codec) {
  auto field = std::make_unique<Field<T>>(prefix_ + std::string(name), member, std::move(help),
                                          std::move(codec));
  Field<T>& reference = *field;
  table_.add_setting(std::move(field));
  return reference;
}

}  // namespace tess2
