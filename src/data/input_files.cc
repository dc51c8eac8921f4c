#include "data/input_files.h"

#include <glob.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "core/error.h"
#include "core/fingerprint.h"

namespace tess2::data {
namespace {

namespace fs = std::filesystem;

std::optional<InputKind> kind_of(const fs::path& file) {
  const fs::path end = file.extension();
  const fs::path kind = (end == ".gz" || end == ".zst" ? file.stem() : file).extension();
  if (kind == ".txt") return InputKind::kText;
  if (kind == ".jsonl" || kind == ".json") return InputKind::kJsonLines;
  return std::nullopt;
}

bool is_hidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

/// The files in `folder` and its folders, in any order. Throws fs::filesystem_error.
std::vector<fs::path> walk(const fs::path& folder) {
  std::vector<fs::path> files;
  for (auto it = fs::recursive_directory_iterator(folder); it != fs::recursive_directory_iterator();
       ++it) {
    if (is_hidden(it->path())) {
      it.disable_recursion_pending();
    } else if (it->is_regular_file() && is_input_name(it->path())) {
      files.push_back(it->path());
    }
  }
  return files;
}

std::vector<fs::path> files_in(const fs::path& folder) {
  std::vector<fs::path> files;
  try {
    files = walk(folder);
  } catch (const fs::filesystem_error& error) {
    throw FileError(folder, "cannot be looked through: " + error.code().message());
  }
  if (files.empty()) throw FileError(folder, "holds no file " + std::string(kInputEndings));
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  return files;
}

std::vector<fs::path> files_at(const fs::path& path) {
  if (fs::is_directory(path)) return files_in(path);
  input_kind(path);
  return {path};
}

/// What the pattern matches; without any match, nothing.
std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found{};
  const int code = ::glob(pattern.c_str(), GLOB_NOSORT | GLOB_ERR, nullptr, &found);
  std::vector<std::string> matches(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (code == GLOB_ABORTED) {
    throw FileError(pattern, std::string("cannot be looked up: ") + std::strerror(errno));
  }
  std::sort(matches.begin(), matches.end());
  return matches;
}

}  // namespace

bool is_input_name(const fs::path& file) {
  return kind_of(file).has_value();
}

InputKind input_kind(const fs::path& file) {
  const auto kind = kind_of(file);
  if (kind) return *kind;
  throw UsageError(file.string() + ": expected a name that ends in " + std::string(kInputEndings));
}

std::vector<fs::path> find_inputs(const std::string& input) {
  if (fs::exists(input)) return files_at(input);
  if (input.find_first_of("*?[") == std::string::npos) {
    throw FileError(input, "cannot be opened: No such file or directory");
  }
  std::vector<fs::path> files;
  for (const std::string& match : matches_of(input)) {
    const auto more = files_at(match);
    files.insert(files.end(), more.begin(), more.end());
  }
  if (files.empty()) throw FileError(input, "matches no file");
  return files;
}

std::string files_mark(const std::vector<fs::path>& files) {
  Fingerprint mark;
  for (const fs::path& file : files) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    mark.add(file.filename().string());
    mark.add(std::to_string(error ? 0 : size));
  }
  return std::to_string(files.size()) + " files " + mark.text();
}

std::vector<fs::path> find_inputs(const std::vector<std::string>& inputs) {
  std::vector<fs::path> files;
  for (const std::string& input : inputs) {
    const auto more = find_inputs(input);
    files.insert(files.end(), more.begin(), more.end());
  }
  return files;
}

}  // namespace tess2::data
