#include "data/json_lines.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "data/text_lines.h"

namespace tess2::data {
namespace {

using nlohmann::json;

std::string type_of(const json& value) {
  return std::string("a value of type ") + value.type_name();
}

bool is_string(const json& value) {
  return value.is_string();
}
bool is_array(const json& value) {
  return value.is_array();
}

/// `object[name]`, which must pass `is_right`; `expected` describes that, and `key` names it in
/// messages.
const json& field(const json& object, std::string_view name, std::string_view key,
                  const LinePlace& place, const std::string& expected,
                  bool (*is_right)(const json&)) {
  const auto found = object.find(name);
  if (found == object.end()) throw_line_error(place, key, expected, "nothing");
  if (!is_right(*found)) throw_line_error(place, key, expected, type_of(*found));
  return *found;
}

text::Message message(const json& value, const std::string& key, const LinePlace& place) {
  if (!value.is_object()) throw_line_error(place, key, "an object", type_of(value));
  const auto part = [&](const std::string& name) {
    return field(value, name, key + "." + name, place, "a string", is_string).get<std::string>();
  };
  return {part("role"), part("content")};
}

}  // namespace

void throw_line_error(const LinePlace& place, std::string_view key, std::string expected,
                      std::string found) {
  std::string where = "line " + std::to_string(place.number);
  if (!key.empty()) where += ": " + std::string(key);
  throw FormatError(place.file, std::move(where), std::move(expected), std::move(found));
}

json parse_json_line(std::string_view line, const LinePlace& place) {
  try {
    json value = json::parse(line);
    if (value.is_object()) return value;
    throw_line_error(place, "", "a JSON object", type_of(value));
  } catch (const json::parse_error& error) {
    throw_line_error(place, "", "a JSON object",
                     "text that breaks off or is malformed at byte " + std::to_string(error.byte));
  } catch (const json::out_of_range&) {
    throw_line_error(place, "", "a JSON object", "a number too large to hold");
  }
}

void for_each_json_line(
    const std::filesystem::path& file,
    const std::function<void(const json& object, const LinePlace& place)>& use) {
  LineReader reader(file);
  std::string line;
  bool any = false;
  while (reader.next(line)) {
    if (is_blank(line)) continue;
    const LinePlace place{file, reader.number()};
    use(parse_json_line(line, place), place);
    any = true;
  }
  if (!any) throw FormatError(file, "", "JSON lines", "an empty file");
}

std::string string_field(const json& object, std::string_view key, const LinePlace& place) {
  return field(object, key, key, place, "a string", is_string).get<std::string>();
}

std::vector<text::Message> messages_field(const json& object, std::string_view key,
                                          const LinePlace& place) {
  const json& list = field(object, key, key, place, "a list of messages", is_array);
  std::vector<text::Message> messages;
  for (std::size_t i = 0; i < list.size(); ++i) {
    messages.push_back(message(list[i], std::string(key) + "[" + std::to_string(i) + "]", place));
  }
  try {
    text::check_dialogue(messages);
  } catch (const Error& error) {
    throw_line_error(place, key, "a dialogue", error.what());
  }
  return messages;
}

}  // namespace tess2::data
