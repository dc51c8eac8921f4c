// Exact match and F1 of short answers: SQuAD v1.1, and TriviaQA with its aliases.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tess2::eval {

/// How answers are made alike before they are compared. Both drop case, punctuation, the articles
/// a, an, the, and spare white space.
enum class AnswerForm {
  kSquad,     ///< punctuation (ASCII) is left out
  kTriviaQa,  ///< punctuation (also ‘ ’ ´ `) and underscores become spaces
};

struct AnswerScore {
  double exact_match = 0.0;  ///< 0 or 1
  double f1 = 0.0;           ///< of the words that both have, counted as often as both have them
};

/// `answer` in the form in which answers are compared, in UTF-8.
std::string normalized_answer(std::string_view answer, AnswerForm form = AnswerForm::kSquad);

/// The largest of each score over the gold answers; zero where there is none. F1 is 0 where no word
/// is shared, also where both are empty.
AnswerScore score_answer(std::string_view prediction, std::span<const std::string> gold,
                         AnswerForm form = AnswerForm::kSquad);

}  // namespace tess2::eval
