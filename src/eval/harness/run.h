// Asks a task's records and keeps the answers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "eval/answerer.h"
#include "eval/harness/items.h"
#include "eval/harness/record_folder.h"
#include "eval/harness/shots.h"
#include "eval/harness/task_prompt.h"
#include "text/tokenizer.h"

namespace tess2::eval {

struct TaskRunOptions {
  std::int64_t batch = 16;  ///< records answered, and put on the disk, together
  Shard shard = {};
  RunProgram run_program = {};  ///< may be empty
  /// May be empty: the reward of an output, given the record's prompt.
  std::function<double(const std::string& prompt, const std::string& output)> reward = {};
  /// May be empty; asked before each batch: true leaves the rest for another run.
  std::function<bool()> stop = {};
  /// May be empty; called before the first batch and after each: how many records of the shard are
  /// answered, and how many it has.
  std::function<void(std::int64_t done, std::int64_t all)> on_batch = {};
};

/// One task, ready to be asked.
struct TaskRun {
  const Task& task;
  const TaskRunInfo& info;
  const std::vector<Item>& items;
  Shots& shots;
  Room room;
  std::filesystem::path folder;  ///< of the task; keep_run_info has made it
};

/// Answers the records of the shard that the folder does not hold yet. The seed of a record is
/// prompt_seed(info.seed, its index). Throws FormatError naming file and line where a record that
/// is there is none of this run.
void answer_task(const TaskRun& run, Answerer& answerer, const text::Tokenizer& tokenizer,
                 const TaskRunOptions& options);

/// Judges the records anew, from what is kept of them alone. Returns how many verdicts are not
/// those that were kept.
std::int64_t judge_again(Metric metric, const RunProgram& run, Records& records);

}  // namespace tess2::eval
