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
  std::int64_t max_words = 5;     ///< copy, reverse, sort, count: words in a list, 2 to 12
  std::int64_t min_digits = 1;    ///< arithmetic: digits of each of the two numbers, 1 to 6
  std::int64_t max_digits = 2;    ///< the same, at most; not below min_digits
  std::int64_t max_terms = 3;     ///< boolean: values in an expression, 2 to 6
  std::int64_t max_days = 10;     ///< dates: days to go on, 2 to 60
  std::int64_t max_people = 3;    ///< swap: people who have things, 2 to 6
  std::int64_t max_swaps = 2;     ///< swap: swaps that they make, 1 to 6
  std::int64_t max_events = 4;    ///< question: events in the story, 2 to 8
  std::int64_t max_numbers = 4;   ///< countdown: numbers given, 3 to 6
  std::int64_t max_number = 20;   ///< countdown: the largest of them, 9 to 100
  std::int64_t max_target = 100;  ///< countdown: what is to be reached, 20 to 1000; >= max_number
  std::int64_t max_blanks = 8;    ///< sudoku: cells to fill, 4 to 12
  std::int64_t max_inputs = 3;    ///< circuit: inputs, 2 to 8
  std::int64_t max_gates = 4;     ///< circuit: gates, 2 to 12
  std::int64_t max_places = 7;    ///< path: places on the map, 4 to 20

  void bind(SettingsBinder& b);
  /// Throws UsageError where two of them contradict each other.
  void require_consistent() const;
};

/// One instruction.
struct Instruction {
  std::string task;     ///< name of its family
  std::string problem;  ///< what is asked, the same for all ways to ask it; decides its split
  std::string prompt;   ///< the user's message
  std::string reply;    ///< the assistant's message, written-out steps included
  std::string answer;   ///< the short answer that the reply comes to
};

/// What a checker sees of an instruction and of the reply to it.
struct Attempt {
  std::string_view prompt;  ///< the user's message; matters where several answers are right
  std::string_view answer;  ///< the short answer that the instruction came with
  std::string_view output;  ///< the reply
};

struct TaskFamily {
  std::string_view name;
  /// Draws a problem with its answer. The result's `task` is left empty.
  Instruction (*draw)(const TaskSizes& sizes, Rng& rng);
  /// Whether the reply is right. Throws Error where the family needs the prompt to know that, and
  /// the prompt states no problem of the family.
  bool (*check)(const Attempt& attempt);
};

/// All families. A family's place decides its random numbers, so new ones go to the end.
std::span<const TaskFamily> task_families();

/// The family of that name; throws UsageError, naming the nearest one, where there is none.
const TaskFamily& find_task(std::string_view name);

/// Draws an instruction of the family.
Instruction draw_instruction(const TaskFamily& family, const TaskSizes& sizes, Rng& rng);

}  // namespace tess2::data::synth
