// `tess2 synth`: writes stories, instructions and preference pairs as JSON lines.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/synth/instruction.h"

namespace tess2::data::synth {

struct SynthSettings {
  std::int64_t seed = 1;
  std::int64_t stories = 20000;              ///< stories.train.jsonl
  std::int64_t stories_held_out = 500;       ///< validation, and as many for testing
  std::int64_t instructions = 20000;         ///< instructions.train.jsonl, over all tasks
  std::int64_t instructions_held_out = 550;  ///< validation, and as many for testing
  std::int64_t pairs = 4000;                 ///< pairs.train.jsonl
  std::int64_t pairs_held_out = 200;         ///< pairs.validation.jsonl
  /// The families of the instructions, which take turns (task_choice.h); empty: the basic ones.
  std::vector<std::string> tasks = {};
  TaskSizes sizes = {};

  void bind(SettingsBinder& b);
};

/// Writes into `folder`, which is made where there is none:
///   stories.{train,validation,test}.jsonl       {"text"}
///   instructions.{train,validation,test}.jsonl  {"messages": [user, assistant], "task", "answer"}
///   pairs.{train,validation}.jsonl              {"chosen": [user, assistant], "rejected": [...]}
/// A chosen story ends happily, the rejected one, which begins alike, sadly.
///
/// Record i of a file is a function of the seed, the task's sizes and i: more records only add to
/// the end (of each task's, for instructions). What a record is about decides its file (split.h),
/// so no problem of validation or testing is ever trained on; held-out records differ from each
/// other. Throws UsageError for an unknown task, for sizes that contradict each other or allow
/// too few different held-out records; FileError where a file cannot be written.
void write_synthetic_data(const SynthSettings& settings, const std::filesystem::path& folder);

}  // namespace tess2::data::synth
