#include "data/synth/instruction.h"

#include <array>
#include <vector>

#include "core/error.h"
#include "core/nearest.h"
#include "core/settings.h"
#include "data/synth/check.h"
#include "data/synth/tasks.h"

namespace tess2::data::synth {
namespace {

void bind_planning(TaskSizes& sizes, SettingsBinder& b) {
  b.field("max_numbers", sizes.max_numbers, "numbers given to reach another with")
      .at_least(3)
      .at_most(6);
  b.field("max_number", sizes.max_number, "the largest of those numbers").at_least(9).at_most(100);
  b.field("max_target", sizes.max_target, "the largest number to reach").at_least(20).at_most(1000);
  b.field("max_blanks", sizes.max_blanks, "cells of a sudoku to fill")
      .at_least(kMinBlanks)
      .at_most(12);
  b.field("max_inputs", sizes.max_inputs, "inputs of a boolean circuit").at_least(2).at_most(8);
  b.field("max_gates", sizes.max_gates, "gates of a boolean circuit").at_least(2).at_most(12);
  b.field("max_places", sizes.max_places, "places between which a path is to be found")
      .at_least(4)
      .at_most(20);
}

void require_order(std::string_view low_name, std::int64_t low, std::string_view high_name,
                   std::int64_t high) {
  if (low <= high) return;
  throw UsageError("sizes." + std::string(low_name) + ": expected at most sizes." +
                   std::string(high_name) + " (" + std::to_string(high) + "), found " +
                   std::to_string(low));
}

}  // namespace

void TaskSizes::bind(SettingsBinder& b) {
  b.field("max_words", max_words, "words in a list to copy, reverse, sort or count")
      .at_least(2)
      .at_most(12);
  b.field("min_digits", min_digits, "digits of the numbers to reckon with, at least")
      .at_least(1)
      .at_most(6);
  b.field("max_digits", max_digits, "digits of the numbers to reckon with").at_least(1).at_most(6);
  b.field("max_terms", max_terms, "values in a boolean expression").at_least(2).at_most(6);
  b.field("max_days", max_days, "days to go on from a date or a day of the week")
      .at_least(2)
      .at_most(60);
  b.field("max_people", max_people, "people who swap things").at_least(2).at_most(6);
  b.field("max_swaps", max_swaps, "swaps that they make").at_least(1).at_most(6);
  b.field("max_events", max_events, "events in a story that is asked about").at_least(2).at_most(8);
  bind_planning(*this, b);
}

void TaskSizes::require_consistent() const {
  require_order("min_digits", min_digits, "max_digits", max_digits);
  require_order("max_number", max_number, "max_target", max_target);
}

std::span<const TaskFamily> task_families() {
  static constexpr std::array<TaskFamily, 16> kFamilies{{
      {"copy", draw_copy, is_exact},
      {"reverse", draw_reverse, is_exact},
      {"sort", draw_sort, is_exact},
      {"count", draw_count, is_exact},
      {"addition", draw_addition, has_result},
      {"multiplication", draw_multiplication, has_result},
      {"boolean", draw_boolean, is_exact},
      {"date", draw_date, is_exact},
      {"swap", draw_swap, is_exact},
      {"question", draw_question, is_exact},
      {"story", draw_story_with_words, is_story_with_words},
      {"countdown", draw_countdown, reaches_target},
      {"sudoku", draw_sudoku, solves_sudoku},
      {"circuit", draw_circuit, has_result},
      {"path", draw_path, joins_places},
      {"subtraction", draw_subtraction, has_result},
  }};
  return kFamilies;
}

const TaskFamily& find_task(std::string_view name) {
  std::vector<std::string> known;
  for (const TaskFamily& family : task_families()) {
    if (family.name == name) return family;
    known.emplace_back(family.name);
  }
  throw UsageError("unknown task '" + std::string(name) + "'" + nearest_hint(name, known));
}

Instruction draw_instruction(const TaskFamily& family, const TaskSizes& sizes, Rng& rng) {
  Instruction instruction = family.draw(sizes, rng);
  instruction.task = family.name;
  return instruction;
}

}  // namespace tess2::data::synth
