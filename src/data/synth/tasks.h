// What draws the instructions of each family; the table is in instruction.cc.
#pragma once

#include "data/synth/instruction.h"

namespace tess2::data::synth {

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

}  // namespace tess2::data::synth
