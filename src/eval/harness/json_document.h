// A whole JSON file whose objects know on which line they begin.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "data/json_lines.h"

namespace tess2::eval {

class JsonDocument {
 public:
  using Json = nlohmann::ordered_json;

  /// Reads the file, plain or compressed with gzip. Throws FileError, and FormatError naming the
  /// line where it is not JSON.
  explicit JsonDocument(const std::filesystem::path& file);

  const Json& root() const { return root_; }

  /// Where `object`, an object of the document, begins; the first line for anything else.
  data::LinePlace place(const Json& object) const;

  /// The array `object[key]`, or the array that `object` is where `key` is empty. Throws
  /// FormatError naming the line.
  const Json& array(const Json& object, std::string_view key) const;

 private:
  void find_lines(std::string_view text);

  std::filesystem::path file_;
  Json root_;
  std::unordered_map<const Json*, std::size_t> lines_;
};

}  // namespace tess2::eval
