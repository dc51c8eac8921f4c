// The answer inside a generated text: GSM8K and its symbolic form, BBH with its chain of thought,
// MMLU.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tess2::eval {

/// The last number of `output`, commas between digits left out; all of `output` where it has none.
/// A sign belongs to a number only where it has a decimal point ("-4" gives "4", "-4.5" itself),
/// as the reference has it.
std::string gsm8k_answer(std::string_view output);

/// The gold answer of a GSM8K solution: what follows its "####", commas between digits left out.
/// Nothing where there is no "####".
std::optional<std::string> gsm8k_gold(std::string_view solution);

/// What stands between the first "the answer is " ("The answer is " too, and "|he answer is ", as
/// the reference has it) and the next full stop, on one line; all of `output` where there is none.
/// Without white space at both ends.
std::string bbh_answer(std::string_view output);

/// Whether an answer that was found is the gold one, whatever the case and punctuation (ASCII) of
/// either: the verdict of GSM8K and of BBH.
bool same_answer(std::string_view found, std::string_view gold);

/// The choice A to D that `output` makes: the letter after the first "answer is", where there is
/// such; else the letter that `output` begins with; else the first that stands alone in
/// parentheses, or else as a word (a lone "A" that begins a sentence of words is none). Nothing
/// where it makes none.
std::optional<char> mmlu_choice(std::string_view output);

}  // namespace tess2::eval
