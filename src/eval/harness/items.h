// The records that a task asks, read from its data files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/json_lines.h"
#include "eval/harness/task.h"
#include "eval/harness/template.h"
#include "text/dialogue.h"

namespace tess2::eval {

/// One record.
struct Item {
  std::string subtask;                 ///< empty where the task has none
  std::size_t index = 0;               ///< among all records of the task
  Fields fields = {};                  ///< what the templates may name
  std::vector<text::Message> context;  ///< messages before the question, mostly none
  nlohmann::json gold;                 ///< all that the metric needs to judge an answer
  data::LinePlace place;
};

/// The records of one file; `index` is left 0. `subtask` is theirs where the file does not tell.
/// Throws FileError, and FormatError naming file, line and key, for a record without an answer too.
std::vector<Item> read_items(DataFormat format, const std::filesystem::path& file,
                             const std::string& subtask);

/// The records of a task below the folder `root`: of each subtask the first `limit` (0: all). The
/// subtasks of a path with `*` are taken in the order of their names. An index counts the records
/// that the limit leaves out. Throws as read_items, and FileError where no file fits the path.
std::vector<Item> read_task_items(const Task& task, const std::filesystem::path& root,
                                  std::int64_t limit);

}  // namespace tess2::eval
