// The folder of one task's run: what was asked, and an answer a line, by any number of processes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/file.h"
#include "eval/harness/record.h"
#include "eval/harness/task.h"

namespace tess2::eval {

/// Which of the records a process answers: each `count`-th one, beginning with the `number`-th.
struct Shard {
  std::int64_t number = 1;  ///< from 1 to `count`
  std::int64_t count = 1;

  bool has(std::size_t index) const {
    return static_cast<std::int64_t>(index % static_cast<std::size_t>(count)) == number - 1;
  }
  friend bool operator==(const Shard&, const Shard&) = default;
};

/// Reads `2/4`. Throws UsageError, naming `option`, for anything else.
Shard parse_shard(std::string_view text, std::string_view option);

/// What a run asks and with what; kept as `run.json` beside its records.
struct TaskRunInfo {
  std::string task;
  std::string task_yaml;      ///< text of the task file
  std::string model;          ///< folder, for people
  std::string settings;       ///< short name of model and settings, as in every record
  std::string settings_yaml;  ///< the settings themselves
  std::uint64_t seed = 0;
  std::int64_t limit = 0;
  std::int64_t records = 0;  ///< that make it whole

  friend bool operator==(const TaskRunInfo&, const TaskRunInfo&) = default;
};

/// Writes `folder`/run.json, with the folder, where there is none. Throws FormatError naming the
/// key where another run's is there, and FileError.
void keep_run_info(const TaskRunInfo& info, const std::filesystem::path& folder);

/// Throws FileError, and FormatError naming the key.
TaskRunInfo read_run_info(const std::filesystem::path& folder);

/// By index.
using Records = std::map<std::size_t, TaskRecord>;

/// All records of a folder, whichever process wrote them. A last line that is being written is left
/// out. Throws FileError and FormatError naming file and line, also for a record of other settings
/// than `info` has.
Records read_records(const std::filesystem::path& folder, const TaskRunInfo& info);

/// Where one process puts the records of its shard.
class RecordFile {
 public:
  /// Opens `folder`/records-NUMBER-of-COUNT.jsonl; a last line that was not written to its end is
  /// cut off. Throws as AppendFile, for a shard that another process has too.
  RecordFile(const std::filesystem::path& folder, const Shard& shard, std::string task);

  /// The records are on the disk when this returns. Throws FileError.
  void append(const std::vector<TaskRecord>& records);

 private:
  std::string task_;
  AppendFile file_;
};

}  // namespace tess2::eval
