#include "core/error.h"

#include <utility>

namespace tess2 {
namespace {

std::string describe(const std::string& key, const std::string& expected,
                     const std::string& found) {
  const std::string difference = "expected " + expected + ", found " + found;
  return key.empty() ? difference : key + ": " + difference;
}

}  // namespace

FileError::FileError(std::filesystem::path path, std::string_view problem)
    : Error(path.string() + ": " + std::string(problem)), path_(std::move(path)) {}

FormatError::FormatError(std::filesystem::path path, std::string key, std::string expected,
                         std::string found)
    : FileError(std::move(path), describe(key, expected, found)),
      key_(std::move(key)),
      expected_(std::move(expected)),
      found_(std::move(found)) {}

}  // namespace tess2
