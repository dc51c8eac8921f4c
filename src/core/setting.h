// One setting: a member of a settings struct with its name, default, help and allowed values.
// The table that holds them, and how a struct declares them, is in core/settings.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tess2 {

/// A value as written by a person: one text, or a list of texts.
using SettingValue = std::variant<std::string, std::vector<std::string>>;

/// How values of a type are written: its name in messages, from text, to text.
template <class T>
struct SettingCodec {
  std::string type;
  std::function<std::optional<T>(const SettingValue&)> parse;  ///< nothing where it does not fit
  std::function<SettingValue(const T&)> print;
};

/// Codecs of std::int64_t, double (finite), bool (`true` or `false`), std::string,
/// std::filesystem::path (not empty) and std::vector<std::string> (one text is a list of one).
template <class T>
SettingCodec<T> setting_codec() = delete;
template <>
SettingCodec<std::int64_t> setting_codec();
template <>
SettingCodec<double> setting_codec();
template <>
SettingCodec<bool> setting_codec();
template <>
SettingCodec<std::string> setting_codec();
template <>
SettingCodec<std::filesystem::path> setting_codec();
template <>
SettingCodec<std::vector<std::string>> setting_codec();

/// A name for each value of an enumeration.
template <class Enum>
using SettingNames = std::span<const std::pair<std::string_view, Enum>>;

/// `one of A, B, C`
std::string one_of_phrase(std::span<const std::string> choices);

/// The codec of an enumeration, whose `names` must outlive it.
template <class Enum>
SettingCodec<Enum> enum_codec(SettingNames<Enum> names) {
  std::vector<std::string> choices;
  for (const auto& [name, value] : names) choices.emplace_back(name);
  const auto parse = [names](const SettingValue& written) -> std::optional<Enum> {
    const auto* text = std::get_if<std::string>(&written);
    for (const auto& [name, value] : names) {
      if (text != nullptr && *text == name) return value;
    }
    return std::nullopt;
  };
  const auto print = [names](const Enum& wanted) -> SettingValue {
    for (const auto& [name, value] : names) {
      if (value == wanted) return std::string(name);
    }
    return std::string();
  };
  return {one_of_phrase(choices), parse, print};
}

/// The parts of a setting that do not depend on its type.
class Setting {
 public:
  Setting(std::string key, std::string help) : key_(std::move(key)), help_(std::move(help)) {}
  virtual ~Setting() = default;
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

  /// Dotted: `optimizer.learning_rate`.
  const std::string& key() const { return key_; }
  const std::string& help() const { return help_; }

  /// What may be written, in words: `integer >= 1`.
  virtual std::string expected() const = 0;
  /// Sets the member, or returns false and leaves it where `value` is not what is expected.
  virtual bool assign(const SettingValue& value) = 0;
  /// The member's value now, and the one it had when it was bound.
  virtual SettingValue value() const = 0;
  virtual SettingValue default_value() const = 0;
  /// False while a required setting has only its default.
  virtual bool is_complete() const = 0;

 private:
  std::string key_;
  std::string help_;
};

/// A setting of type T. The calls that narrow it return it again, so that they can be chained:
/// `binder.field("steps", steps, "optimizer steps").at_least(1).at_most(1000)`.
template <class T>
class Field : public Setting {
 public:
  Field(std::string key, T& member, std::string help, SettingCodec<T> codec)
      : Setting(std::move(key), std::move(help)),
        member_(member),
        codec_(std::move(codec)),
        default_(codec_.print(member)) {}

  Field& at_least(T bound) {
    return require([bound](const T& x) { return x >= bound; }, ">= " + text(bound));
  }
  Field& at_most(T bound) {
    return require([bound](const T& x) { return x <= bound; }, "<= " + text(bound));
  }
  Field& above(T bound) {
    return require([bound](const T& x) { return x > bound; }, "> " + text(bound));
  }
  Field& below(T bound) {
    return require([bound](const T& x) { return x < bound; }, "< " + text(bound));
  }

  /// Only values for which `holds` are accepted; `words` completes the sentence "expected TYPE
  /// ...".
  Field& require(std::function<bool(const T&)> holds, std::string words) {
    rules_.push_back({std::move(holds), std::move(words)});
    return *this;
  }

  /// The person must give a value: the default is only a place holder.
  Field& required() {
    required_ = true;
    return *this;
  }

  std::string expected() const override {
    std::string words = codec_.type;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      words += (i == 0 ? " " : " and ") + rules_[i].words;
    }
    return words;
  }

  bool assign(const SettingValue& value) override {
    std::optional<T> parsed = codec_.parse(value);
    if (!parsed) return false;
    for (const Rule& rule : rules_) {
      if (!rule.holds(*parsed)) return false;
    }
    member_ = std::move(*parsed);
    assigned_ = true;
    return true;
  }

  SettingValue value() const override { return codec_.print(member_); }
  SettingValue default_value() const override { return default_; }
  bool is_complete() const override { return assigned_ || !required_; }

 private:
  struct Rule {
    std::function<bool(const T&)> holds;
    std::string words;
  };

  std::string text(const T& value) const { return std::get<std::string>(codec_.print(value)); }

  T& member_;
  SettingCodec<T> codec_;
  SettingValue default_;
  std::vector<Rule> rules_;
  bool required_ = false;
  bool assigned_ = false;
};

}  // namespace tess2
