// Typed errors. Library layers throw them; only `app` catches, prints one line and exits.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

namespace tess2 {

/// Base of every error that the project throws. `what()` is one line, fit to show to a person.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The user asked for something that cannot be meant: an unknown option or key, a value out of
/// range, settings that contradict each other. `app` exits with 2.
class UsageError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be opened, read or written (missing, no permission, disk full).
class FileError : public Error {
 public:
  FileError(std::filesystem::path path, std::string_view problem);
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// A file whose content is not what it must be. Reads `FILE: KEY: expected E, found F`; `key` may
/// be a tensor name, a JSON key or `line N`, and is left out where empty.
class FormatError : public FileError {
 public:
  FormatError(std::filesystem::path path, std::string key, std::string expected, std::string found);
  const std::string& key() const { return key_; }
  const std::string& expected() const { return expected_; }
  const std::string& found() const { return found_; }

 private:
  std::string key_;
  std::string expected_;
  std::string found_;
};

}  // namespace tess2
