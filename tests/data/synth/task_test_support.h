// What the tests of the instruction families share: draws of large problems, and the checker.
#pragma once

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "data/synth/check.h"
#include "data/synth/instruction.h"
#include "data/synth/phrase.h"

namespace tess2::data::synth {

inline constexpr int kDraws = 3000;
inline constexpr TaskSizes kLarge{.max_words = 9,
                                  .max_digits = 4,
                                  .max_terms = 6,
                                  .max_days = 60,
                                  .max_people = 5,
                                  .max_swaps = 5,
                                  .max_events = 8,
                                  .max_numbers = 6,
                                  .max_number = 100,
                                  .max_target = 1000,
                                  .max_blanks = 12,
                                  .max_inputs = 8,
                                  .max_gates = 12,
                                  .max_places = 20};

inline Instruction draw(std::string_view task, int number, const TaskSizes& sizes = kLarge) {
  Rng rng(7, Stream::kSynthetic, static_cast<std::uint64_t>(number));
  return draw_instruction(find_task(task), sizes, rng);
}

/// Whether `output` is a right reply to the instruction.
inline bool passes(const Instruction& task, std::string_view output) {
  return check_answer(task.task, {.prompt = task.prompt, .answer = task.answer, .output = output});
}

/// An instruction of which only the prompt matters to the checker.
inline Instruction asking(std::string task, std::string prompt) {
  return {.task = std::move(task),
          .problem = "",
          .prompt = std::move(prompt),
          .reply = "",
          .answer = ""};
}

inline std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), regex), end; it != end; ++it) {
    found.push_back(it->str());
  }
  return found;
}

/// The list after the colon.
inline std::vector<std::string> listed(const std::string& prompt) {
  return split_words(prompt.substr(prompt.find(": ") + 2));
}

}  // namespace tess2::data::synth
