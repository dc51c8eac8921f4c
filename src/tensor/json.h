// JSON from files that others wrote, for the layers that read checkpoints. Include it in .cc files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/terminal.h"

namespace tess2::tensor {

/// Deeper nesting has no place in a checkpoint, and would exhaust the stack of the JSON library.
inline constexpr int kMaxJsonDepth = 32;

/// A value for a message, on one line.
template <class Json>
std::string json_text(const Json& value) {
  return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace));
}

/// Refuses while the text is read what the JSON library would let pass: a key given twice in an
/// object, and deep nesting.
template <class Json>
class JsonWatcher {
 public:
  explicit JsonWatcher(const std::filesystem::path& file) : file_(file) {}

  bool operator()(int depth, typename Json::parse_event_t event, const Json& value) {
    using Event = typename Json::parse_event_t;
    if (depth > kMaxJsonDepth) {
      throw FormatError(file_, "", "at most " + std::to_string(kMaxJsonDepth) + " nested values",
                        "more");
    }
    if (event == Event::object_start) open_.emplace_back();
    if (event == Event::object_end) open_.pop_back();
    if (event == Event::key) check(value.template get_ref<const std::string&>());
    return true;
  }

 private:
  void check(const std::string& key) {
    if (open_.back().insert(key).second) return;
    throw FormatError(file_, printable(key), "one value", "the key given twice");
  }

  const std::filesystem::path& file_;
  std::vector<std::set<std::string>> open_;
};

/// The JSON object that `text` of `file` is. Throws FormatError with `key` for anything else.
template <class Json>
Json parse_json_object(std::string_view text, const std::filesystem::path& file,
                       const std::string& key = "") {
  JsonWatcher<Json> watcher(file);
  const auto watch = [&](int depth, typename Json::parse_event_t event, Json& value) {
    return watcher(depth, event, value);
  };
  try {
    Json json = Json::parse(text, watch);
    if (json.is_object()) return json;
    throw FormatError(file, key, "a JSON object", json_text(json));
  } catch (const nlohmann::detail::parse_error& error) {
    throw FormatError(file, key, "a JSON object",
                      "malformed JSON at byte " + std::to_string(error.byte));
  } catch (const nlohmann::detail::exception&) {
    throw FormatError(file, key, "a JSON object", "a number out of range");
  }
}

}  // namespace tess2::tensor
