// `tess2 eval -m DIR --task NAME`: the tasks of `tasks/`, and `--rescore`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/answering.h"
#include "app/option_set.h"
#include "app/run_with_settings.h"
#include "app/signal_watcher.h"
#include "eval/harness/score.h"

namespace tess2::app {

/// What a folder of tasks keeps of their scores.
inline constexpr const char* kScoresName = "scores.json";

struct TaskOptions {
  std::vector<std::string> tasks;
  /// Instructions that are asked as a task of their own; no option of its own.
  std::optional<std::filesystem::path> instructions;
  std::filesystem::path data_root = "data";
  std::optional<std::string> shard;
  std::optional<std::filesystem::path> rescore;
  bool run_programs = false;
  std::optional<std::string> judge;
  std::optional<std::string> judge_model;
  std::optional<std::filesystem::path> judge_key;

  void declare(OptionSet& options);
  /// Whether tasks are asked or scored again. Throws UsageError for options that contradict each
  /// other or need another.
  bool asked() const;
};

/// What the settings say about tasks.
struct TaskSettings {
  std::int64_t answer_tokens = 0;  ///< 0: as the task says
  double judge_timeout = 60.0;     ///< seconds

  void bind(SettingsBinder& b);
};

/// How the records of the tasks are answered.
struct TaskJob {
  const AnsweringOptions& answering;
  const generate::GenerateSettings& generate;
  const TaskSettings& settings;
  std::int64_t limit = 0;
  std::int64_t batch = 16;
  std::filesystem::path output;  ///< a folder a task is made in it; empty: eval/MODEL
};

/// The last part of a model's path.
std::string model_name(const std::filesystem::path& model);

/// Answers the records of the tasks that the output folder does not hold yet, writes `scores.json`
/// and returns the scores of these tasks. The first signal ends the run when the answers in work
/// are written. Throws Error where it was ended.
std::vector<eval::TaskScore> answer_tasks(const TaskOptions& options, const TaskJob& job,
                                          const Run& run, SignalWatcher& signals);

/// answer_tasks, and prints a table.
void evaluate_tasks(const TaskOptions& options, const TaskJob& job, const Run& run,
                    SignalWatcher& signals);

/// Scores what a folder of evaluate_tasks, or of evaluate_sweep, holds again, from the records
/// alone.
void rescore_tasks(const TaskOptions& options, const TaskSettings& settings, const Run& run);

}  // namespace tess2::app
