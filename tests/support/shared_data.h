// Where the tests find the shared reference values: the folder named by the environment variable
// TESS2_SHARED, by default `../shared` beside the project.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

namespace tess2::test_support {

/// The shared folder, whether it exists or not.
inline std::filesystem::path shared_folder() {
  const char* named = std::getenv("TESS2_SHARED");
  if (named != nullptr && *named != '\0') return named;
  return std::filesystem::path(TESS2_SOURCE_DIR).parent_path() / "shared";
}

/// Path of the file or folder `relative` inside the shared folder; nothing where it is missing.
inline std::optional<std::filesystem::path> shared_path(std::string_view relative) {
  const std::filesystem::path path = shared_folder() / relative;
  if (!std::filesystem::exists(path)) return std::nullopt;
  return path;
}

/// What to say where `relative` is missing; also printed on its own line, so that a run that
/// compared nothing does not look like one that did.
inline std::string missing_shared(std::string_view relative) {
  const std::string message = "NOT COMPARED WITH THE REFERENCE: no " +
                              (shared_folder() / relative).string() +
                              " (set TESS2_SHARED to the folder of shared values)";
  std::cerr << "\n*** " << message << " ***\n" << std::endl;
  return message;
}

}  // namespace tess2::test_support

/// Declares `variable` as the path of `relative` in the shared folder, or skips the test, loudly.
#define TESS2_SHARED_OR_SKIP(variable, relative)                                           \
  const auto variable##_if_any = ::tess2::test_support::shared_path(relative);             \
  if (!variable##_if_any) GTEST_SKIP() << ::tess2::test_support::missing_shared(relative); \
  const std::filesystem::path& variable = *variable##_if_any
