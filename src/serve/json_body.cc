#include "serve/json_body.h"

#include <algorithm>
#include <set>

#include "core/nearest.h"
#include "core/terminal.h"
#include "text/utf8.h"

namespace tess2::serve {
namespace {

using nlohmann::json;

ApiError bad_body(const std::string& problem) {
  return {400, "the body: " + problem};
}

// Refuses what the JSON library would let pass.
class BodyWatcher {
 public:
  bool operator()(int depth, json::parse_event_t event, const json& value) {
    using Event = json::parse_event_t;
    const bool opens = event == Event::object_start || event == Event::array_start;
    if (opens && depth >= kMaxBodyDepth) {
      throw bad_body("expected at most " + std::to_string(kMaxBodyDepth) +
                     " nested values, found more");
    }
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end) open_.pop_back();
    if (event == Event::key) check(value.get_ref<const std::string&>());
    return true;
  }

 private:
  void check(const std::string& key) {
    if (open_.back().insert(key).second) return;
    throw ApiError(400, printable(key, 60) + ": the field is given twice", printable(key, 60));
  }

  std::vector<std::set<std::string>> open_;
};

json parse(std::string_view body) {
  BodyWatcher watcher;
  const auto watch = [&](int depth, json::parse_event_t event, json& value) {
    return watcher(depth, event, value);
  };
  try {
    return json::parse(body, watch);
  } catch (const json::parse_error& error) {
    throw bad_body("expected a JSON object, found text that is not JSON at byte " +
                   std::to_string(error.byte));
  } catch (const json::exception&) {
    throw bad_body("expected a JSON object, found a number too large to hold");
  }
}

std::string number_text(double value) {
  return json(value).dump();
}

std::string range_text(double least, double most) {
  return " from " + number_text(least) + " to " + number_text(most);
}

std::string range_text(std::int64_t least, std::int64_t most) {
  return " from " + std::to_string(least) + " to " + std::to_string(most);
}

// JSON's unsigned numbers may be larger than any of ours.
std::optional<std::int64_t> integer_of(const json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  return value.get<std::int64_t>();
}

}  // namespace

json parse_body(std::string_view body) {
  if (!text::is_utf8(body)) throw bad_body("expected UTF-8, found other bytes");
  if (text::strip(body).empty()) throw bad_body("expected a JSON object, found nothing");
  json value = parse(body);
  if (!value.is_object()) throw bad_body("expected a JSON object, found " + shown(value));
  return value;
}

std::string dumped(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string shown(const json& value) {
  if (value.is_array()) return value.empty() ? "an empty list" : "a list";
  if (value.is_object()) return "an object";
  return printable(value.dump(), 60);
}

Fields::Fields(const json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object_.is_object()) throw bad_field(path_, "expected an object, found " + shown(object_));
}

std::string Fields::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

const json* Fields::find(std::string_view name) {
  known_.emplace_back(name);
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

const json& Fields::required(std::string_view name) {
  const json* value = find(name);
  if (value == nullptr) throw bad_field(path_of(name), "it is required");
  return *value;
}

std::optional<std::string> Fields::text(std::string_view name) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  throw bad_field(path_of(name), "expected a text, found " + shown(*value));
}

std::optional<bool> Fields::boolean(std::string_view name) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  throw bad_field(path_of(name), "expected true or false, found " + shown(*value));
}

std::optional<std::int64_t> Fields::integer(std::string_view name, std::int64_t least,
                                            std::int64_t most) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  const auto number = integer_of(*value);
  if (number && *number >= least && *number <= most) return number;
  throw bad_field(path_of(name),
                  "expected an integer" + range_text(least, most) + ", found " + shown(*value));
}

std::optional<double> Fields::number(std::string_view name, double least, double most) {
  const json* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_number()) {
    const double number = value->get<double>();
    if (number >= least && number <= most) return number;
  }
  throw bad_field(path_of(name),
                  "expected a number" + range_text(least, most) + ", found " + shown(*value));
}

void Fields::refuse_unknown() const {
  for (const auto& [name, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    const std::string word = printable(name, 60);
    throw bad_field(path_of(word), "unknown field" + nearest_hint(word, known_));
  }
}

}  // namespace tess2::serve
