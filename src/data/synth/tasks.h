// What draws the instructions of each family; the table is in instruction.cc.
#pragma once

#include "data/synth/instruction.h"

namespace tess2::data::synth {

/// Fewest cells of a sudoku to fill.
inline constexpr std::int64_t kMinBlanks = 4;

/// "Copy: cat dog sun" -> "cat dog sun"
Instruction draw_copy(const TaskSizes& sizes, Rng& rng);
/// "Reverse the words: cat dog sun" -> "sun dog cat"
Instruction draw_reverse(const TaskSizes& sizes, Rng& rng);
/// "Sort the words: sun cat dog" -> "cat dog sun"
Instruction draw_sort(const TaskSizes& sizes, Rng& rng);
/// Letters of a word, words of a list, one word among others, things that somebody has -> "3"
Instruction draw_count(const TaskSizes& sizes, Rng& rng);
/// "What is 47 + 38?" -> "7 + 8 = 15, 4 + 3 + 1 = 8, answer 85"
Instruction draw_addition(const TaskSizes& sizes, Rng& rng);
/// "What is 85 - 38?" -> "15 - 8 = 7, 8 - 3 - 1 = 4, answer 47"; never below zero
Instruction draw_subtraction(const TaskSizes& sizes, Rng& rng);
/// "What is 23 x 14?" -> "23 x 10 = 230, 23 x 4 = 92, 230 + 92 = 322, answer 322"
Instruction draw_multiplication(const TaskSizes& sizes, Rng& rng);
/// "Is this true or false: not true or (false and true)?" -> "false"
Instruction draw_boolean(const TaskSizes& sizes, Rng& rng);
/// "What date is 5 days after 27 February 2024?" -> "3 March 2024"; weekdays likewise
Instruction draw_date(const TaskSizes& sizes, Rng& rng);
/// "Tom has a ball and Ann has a kite. Tom and Ann swap. What does Tom have?" -> "kite"
Instruction draw_swap(const TaskSizes& sizes, Rng& rng);
/// "Tom was in the park. Tom took the ball. ... Where is the ball?" -> "kitchen"
Instruction draw_question(const TaskSizes& sizes, Rng& rng);
/// "Write a story with these words: Tom, ball, park" -> a story
Instruction draw_story_with_words(const TaskSizes& sizes, Rng& rng);
/// "Make 71 from 4, 25, 9 and 3 with + - * /, each at most once." -> "25 * 3 = 75, 75 - 4 = 71,
/// answer (25 * 3) - 4"; or all of them, each once. No step leaves the numbers from 1 to
/// max_target.
Instruction draw_countdown(const TaskSizes& sizes, Rng& rng);
/// "Solve the sudoku: 1 _ 3 4 / ..." -> "1 2 3 4 / ..."; there is one solution.
Instruction draw_sudoku(const TaskSizes& sizes, Rng& rng);
/// "Inputs: a = 1, b = 0. Gates: c = a and b, d = not c. What is d?" -> "c = 0, d = 1, answer 1"
Instruction draw_circuit(const TaskSizes& sizes, Rng& rng);
/// "Roads: A B, C B, C D. Find the shortest path from A to D." -> "A B C D"; or any path
Instruction draw_path(const TaskSizes& sizes, Rng& rng);

}  // namespace tess2::data::synth
