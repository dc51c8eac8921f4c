// Instructions with checkable answers, and the families of tasks that they come from.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/random.h"

namespace tess2 {
class SettingsBinder;
}

namespace tess2::data::synth {

/// How large the problems of each family may get.
struct TaskSizes {
  std::int64_t max_words = 5;   ///< copy, reverse, sort, count: words in a list, 2 to 12
  std::int64_t max_digits = 2;  ///< addition, multiplication: digits of a factor or term, 1 to 6
  std::int64_t max_terms = 3;   ///< boolean: values in an expression, 2 to 6
  std::int64_t max_days = 10;   ///< dates: days to go on, 2 to 60
  std::int64_t max_people = 3;  ///< swap: people who have things, 2 to 6
  std::int64_t max_swaps = 2;   ///< swap: swaps that they make, 1 to 6
  std::int64_t max_events = 4;  ///< question: events in the story, 2 to 8

  void bind(SettingsBinder& b);
};

/// One instruction.
struct Instruction {
  std::string task;     ///< name of its family
  std::string problem;  ///< what is asked, the same for all ways to ask it; decides its split
  std::string prompt;   ///< the user's message
  std::string reply;    ///< the assistant's message, written-out steps included
  std::string answer;   ///< the short answer that the reply comes to
};

struct TaskFamily {
  std::string_view name;
  /// Draws a problem with its answer. The result's `task` is left empty.
  Instruction (*draw)(const TaskSizes& sizes, Rng& rng);
  /// Whether `output`, a model's reply, comes to `answer`.
  bool (*check)(std::string_view answer, std::string_view output);
};

/// All families, in the order of the recipes.
std::span<const TaskFamily> task_families();

/// The family of that name; throws UsageError, naming the nearest one, where there is none.
const TaskFamily& find_task(std::string_view name);

/// Draws an instruction of the family.
Instruction draw_instruction(const TaskFamily& family, const TaskSizes& sizes, Rng& rng);

}  // namespace tess2::data::synth
