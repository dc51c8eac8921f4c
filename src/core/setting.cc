#include "core/setting.h"

#include <array>
#include <charconv>
#include <cmath>

namespace tess2 {
namespace {

using Texts = std::vector<std::string>;

// The codec of a type that is written as one text.
template <class T>
SettingCodec<T> scalar_codec(std::string type, std::optional<T> (*parse)(const std::string&),
                             std::string (*print)(const T&)) {
  const auto parse_value = [parse](const SettingValue& value) -> std::optional<T> {
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr ? std::nullopt : parse(*text);
  };
  return {std::move(type), parse_value,
          [print](const T& value) -> SettingValue { return print(value); }};
}

template <class T>
std::optional<T> parse_number(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<double> parse_finite(const std::string& text) {
  const auto value = parse_number<double>(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

// The fewest digits that give the same number back.
std::string print_double(const double& value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

std::optional<bool> parse_bool(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<std::filesystem::path> parse_path(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return std::filesystem::path(text);
}

}  // namespace

std::string one_of_phrase(std::span<const std::string> choices) {
  std::string words = "one of";
  for (std::size_t i = 0; i < choices.size(); ++i) words += (i == 0 ? " " : ", ") + choices[i];
  return words;
}

template <>
SettingCodec<std::int64_t> setting_codec() {
  return scalar_codec<std::int64_t>("integer", parse_number<std::int64_t>,
                                    [](const std::int64_t& x) { return std::to_string(x); });
}

template <>
SettingCodec<double> setting_codec() {
  return scalar_codec<double>("number", parse_finite, print_double);
}

template <>
SettingCodec<bool> setting_codec() {
  return scalar_codec<bool>("true or false", parse_bool,
                            [](const bool& x) -> std::string { return x ? "true" : "false"; });
}

template <>
SettingCodec<std::string> setting_codec() {
  return scalar_codec<std::string>(
      "text", [](const std::string& text) { return std::optional(text); },
      [](const std::string& text) { return text; });
}

template <>
SettingCodec<std::filesystem::path> setting_codec() {
  return scalar_codec<std::filesystem::path>(
      "path", parse_path, [](const std::filesystem::path& path) { return path.string(); });
}

template <>
SettingCodec<Texts> setting_codec() {
  const auto parse = [](const SettingValue& value) -> std::optional<Texts> {
    const auto* text = std::get_if<std::string>(&value);
    return text == nullptr ? std::get<Texts>(value) : Texts{*text};
  };
  return {"list of texts", parse, [](const Texts& texts) -> SettingValue { return texts; }};
}

}  // namespace tess2
