#include "eval/harness/json_document.h"

#include <algorithm>
#include <vector>

#include "core/error.h"
#include "data/text_lines.h"

namespace tess2::eval {
namespace {

using Json = JsonDocument::Json;

std::string read_text(const std::filesystem::path& file) {
  data::LineReader reader(file);
  std::string text;
  for (std::string line; reader.next(line);) text += line + '\n';
  return text;
}

std::size_t line_at(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte, text.size()));
  return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
}

Json parse(std::string_view text, const std::filesystem::path& file) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const std::size_t byte = error.byte == 0 ? 0 : error.byte - 1;
    data::throw_line_error({file, line_at(text, byte)}, "", "JSON",
                           "text that breaks off or is malformed");
  } catch (const Json::out_of_range&) {
    data::throw_line_error({file, 1}, "", "JSON", "a number too large to hold");
  }
}

// The line of each `{` that begins an object, in order.
std::vector<std::size_t> object_lines(std::string_view text) {
  std::vector<std::size_t> lines;
  std::size_t line = 1;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') ++line;
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '{' && !quoted) {
      lines.push_back(line);
    }
  }
  return lines;
}

// All objects below `root`, in the order in which the text has them.
std::vector<const Json*> objects_of(const Json& root) {
  std::vector<const Json*> objects;
  std::vector<const Json*> open{&root};
  while (!open.empty()) {
    const Json* value = open.back();
    open.pop_back();
    if (value->is_object()) objects.push_back(value);
    if (!value->is_structured()) continue;
    const std::size_t first = open.size();
    for (const Json& child : *value) open.push_back(&child);
    std::reverse(open.begin() + static_cast<std::ptrdiff_t>(first), open.end());
  }
  return objects;
}

}  // namespace

JsonDocument::JsonDocument(const std::filesystem::path& file) : file_(file) {
  const std::string text = read_text(file);
  root_ = parse(text, file);
  find_lines(text);
}

// A key that is there twice takes an object away; then no line is known.
void JsonDocument::find_lines(std::string_view text) {
  const auto lines = object_lines(text);
  const auto objects = objects_of(root_);
  if (lines.size() != objects.size()) return;
  for (std::size_t i = 0; i < lines.size(); ++i) lines_[objects[i]] = lines[i];
}

data::LinePlace JsonDocument::place(const Json& object) const {
  const auto found = lines_.find(&object);
  return {file_, found == lines_.end() ? 1 : found->second};
}

const Json& JsonDocument::array(const Json& object, std::string_view key) const {
  if (key.empty()) {
    if (object.is_array()) return object;
    data::throw_line_error(place(object), "", "a list",
                           std::string("a value of type ") + object.type_name());
  }
  if (!object.is_object()) {
    data::throw_line_error(place(object), "", "an object",
                           std::string("a value of type ") + object.type_name());
  }
  const auto found = object.find(std::string(key));
  if (found == object.end()) data::throw_line_error(place(object), key, "a list", "nothing");
  if (found->is_array()) return *found;
  data::throw_line_error(place(object), key, "a list",
                         std::string("a value of type ") + found->type_name());
}

}  // namespace tess2::eval
