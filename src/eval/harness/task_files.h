// The files of `tasks/`, which are a part of the program (cmake makes the source file).
#pragma once

#include <span>
#include <string_view>

namespace tess2::eval {

struct TaskFile {
  std::string_view name;  ///< without `.yaml`
  std::string_view yaml;
};

/// All of them, in the order of their names.
std::span<const TaskFile> task_files();

}  // namespace tess2::eval
