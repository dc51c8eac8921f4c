// JSON-lines files: one JSON object a line, plain or compressed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "text/dialogue.h"

namespace tess2::data {

/// Where a record stands, for messages.
struct LinePlace {
  std::filesystem::path file;
  std::size_t number = 0;  ///< counted from 1
};

/// Calls `use` with each object of `file` in order. Blank lines are passed over. Throws FileError
/// for a file that cannot be read, and FormatError for a line that is not a JSON object and for a
/// file that has none.
void for_each_json_line(
    const std::filesystem::path& file,
    const std::function<void(const nlohmann::json& object, const LinePlace& place)>& use);

/// The object that `line` holds. Throws FormatError naming the line.
nlohmann::json parse_json_line(std::string_view line, const LinePlace& place);

/// The string `object[key]`. Throws FormatError naming line and key where it is missing or not a
/// string.
std::string string_field(const nlohmann::json& object, std::string_view key,
                         const LinePlace& place);

/// The list of messages `object[key]`, each `{"role": ..., "content": ...}`, which make a dialogue
/// (text::check_dialogue). Throws FormatError naming line and key.
std::vector<text::Message> messages_field(const nlohmann::json& object, std::string_view key,
                                          const LinePlace& place);

/// FormatError about `key` of the record at `place`; `key` may be empty.
[[noreturn]] void throw_line_error(const LinePlace& place, std::string_view key,
                                   std::string expected, std::string found);

}  // namespace tess2::data
