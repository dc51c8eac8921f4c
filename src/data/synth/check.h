// Whether a model's reply to an instruction is right.
#pragma once

#include <string_view>

#include "data/synth/instruction.h"

namespace tess2::data::synth {

/// Whether the output is right by the rule of the family `task`: where several answers are right,
/// any of them is. Letter case, repeated spaces and a full stop at the end do not matter. Throws
/// UsageError for an unknown task, and Error for a prompt that states no problem of a family whose
/// rule needs it (the last three below).
bool check_answer(std::string_view task, const Attempt& attempt);

/// What follows the last "answer" in `output`; all of it without that word. Steps come before.
std::string_view marked_answer(std::string_view output);

/// The output is the answer and nothing else.
bool is_exact(const Attempt& attempt);

/// What follows the last "answer" is the answer; without that word, what follows the last "=", and
/// without either the whole output. Steps before it do not count.
bool has_result(const Attempt& attempt);

/// The output has at least three sentences, and each word of `answer` as a whole word.
bool is_story_with_words(const Attempt& attempt);

/// The marked answer is an expression (data/synth/expression.h) that comes exactly to the target,
/// the first number of the prompt, and uses each of the other numbers at most once; each once where
/// the prompt has the word "all". "= 71" may follow if it is true.
bool reaches_target(const Attempt& attempt);

/// The marked answer is a 4x4 grid by the rules of sudoku that keeps what the prompt gives after
/// its last colon. White space and the marks / | , stand between cells at will.
bool solves_sudoku(const Attempt& attempt);

/// The marked answer is a path over roads of the prompt that comes to no place twice, and one of
/// the shortest where the prompt has the word "shortest". In a prompt each word of one capital
/// letter is a place: two by two the ends of roads, and at last start and goal. White space and the
/// marks , - > stand between the places of a path.
bool joins_places(const Attempt& attempt);

}  // namespace tess2::data::synth
