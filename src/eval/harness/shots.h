// Few-shot examples as text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "eval/harness/task.h"

namespace tess2::eval {

/// The examples of one subtask.
struct ShotTexts {
  std::string intro;  ///< what the prompt file says before its examples; mostly empty
  std::vector<std::string> shots;
};

/// Those of a task, by subtask.
class Shots {
 public:
  /// Examples are read below `root` as they are asked for; `seed` draws them where the task says
  /// so. `task` must outlive this.
  Shots(const Task& task, std::filesystem::path root, std::uint64_t seed)
      : task_(task), root_(std::move(root)), seed_(seed) {}

  /// Throws FileError, and FormatError for a file that has fewer examples than the task wants.
  const ShotTexts& of(const std::string& subtask);

 private:
  ShotTexts read(const std::string& subtask) const;

  const Task& task_;
  std::filesystem::path root_;
  std::uint64_t seed_;
  std::map<std::string, ShotTexts> read_;
};

}  // namespace tess2::eval
