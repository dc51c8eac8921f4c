// Whether a model's reply to an instruction is right.
#pragma once

#include <string_view>

namespace tess2::data::synth {

/// Whether `output` comes to `answer`, by the rule of the family `task`. Letter case, repeated
/// spaces and a full stop at the end do not matter. Throws UsageError for an unknown task.
bool check_answer(std::string_view task, std::string_view answer, std::string_view output);

/// The output is the answer and nothing else.
bool is_exact(std::string_view answer, std::string_view output);

/// What follows the last "answer" is the answer; without that word, what follows the last "=", and
/// without either the whole output. Steps before it do not count.
bool has_result(std::string_view answer, std::string_view output);

/// The output has at least three sentences, and each word of `answer` as a whole word.
bool is_story_with_words(std::string_view answer, std::string_view output);

}  // namespace tess2::data::synth
