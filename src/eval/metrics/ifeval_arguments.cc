#include "eval/metrics/ifeval_arguments.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

using nlohmann::json;

std::string description(const json& value) {
  if (value.is_string()) return text::in_quotes(value.get_ref<const std::string&>());
  if (value.is_number()) return value.dump();
  return std::string("a value of type ") + value.type_name();
}

}  // namespace

Arguments::Arguments(const json& object, std::filesystem::path file, std::string key)
    : object_(object), file_(std::move(file)), key_(std::move(key)) {}

void Arguments::fail(std::string_view name, std::string expected, std::string found) const {
  throw FormatError(file_, key_ + "." + std::string(name), std::move(expected), std::move(found));
}

const json& Arguments::field(std::string_view name, const std::string& expected) const {
  const auto found = object_.find(name);
  if (found == object_.end() || found->is_null()) fail(name, expected, "nothing");
  return *found;
}

// Some copies of the data have their counts as 3.0.
std::size_t Arguments::count(std::string_view name) const {
  const std::string expected = "a whole number, not negative";
  const json& value = field(name, expected);
  if (!value.is_number()) fail(name, expected, description(value));
  const double number = value.get<double>();
  const bool whole = number >= 0.0 && number < 1e9 && number == static_cast<std::size_t>(number);
  if (!whole) fail(name, expected, description(value));
  return static_cast<std::size_t>(number);
}

Text Arguments::text(std::string_view name) const {
  const json& value = field(name, "a string");
  if (!value.is_string()) fail(name, "a string", description(value));
  return decode(value.get_ref<const std::string&>());
}

std::vector<Text> Arguments::texts(std::string_view name) const {
  const std::string expected = "a list of strings";
  const json& value = field(name, expected);
  if (!value.is_array() || value.empty()) fail(name, expected, description(value));
  std::vector<Text> texts;
  for (const json& item : value) {
    if (!item.is_string()) fail(name, expected, description(item));
    texts.push_back(decode(item.get_ref<const std::string&>()));
  }
  return texts;
}

Limit::Limit(const Arguments& arguments, std::string_view threshold, std::string_view relation)
    : threshold_(arguments.count(threshold)), less_(false) {
  const Text how = arguments.text(relation);
  less_ = how == U"less than";
  if (less_ || how == U"at least") return;
  arguments.fail(relation, "\"less than\" or \"at least\"", text::in_quotes(encode(how)));
}

}  // namespace tess2::eval
