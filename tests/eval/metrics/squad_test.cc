#include "eval/metrics/squad.h"

#include <gtest/gtest.h>

#include <vector>

namespace tess2::eval {
namespace {

AnswerScore score(std::string_view prediction, const std::vector<std::string>& gold,
                  AnswerForm form = AnswerForm::kSquad) {
  return score_answer(prediction, gold, form);
}

TEST(NormalizedAnswer, DropsCasePunctuationArticlesAndSpace) {
  EXPECT_EQ(normalized_answer(" The  Cat,\tan A. the-end "), "cat theend");
  EXPECT_EQ(normalized_answer("An\xc3\x89 theme"), "an\xc3\xa9 theme");  // no articles inside words
  EXPECT_EQ(normalized_answer("the \xe2\x80\x93 a"), "\xe2\x80\x93");    // a dash stays
  EXPECT_EQ(normalized_answer("..."), "");
}

TEST(NormalizedAnswer, OfTriviaQaPutsSpacesForMarks) {
  EXPECT_EQ(normalized_answer("well-known_\xe2\x80\x98x\xe2\x80\x99", AnswerForm::kTriviaQa),
            "well known x");
  EXPECT_EQ(normalized_answer("well-known"), "wellknown");
}

TEST(ScoreAnswer, TakesTheBestOfTheGoldAnswers) {
  const auto best = score("the red house", {"blue", "Red house!", "red"});
  EXPECT_EQ(best.exact_match, 1.0);
  EXPECT_EQ(best.f1, 1.0);
  const auto part = score("red house", {"red barn", "green"});
  EXPECT_EQ(part.exact_match, 0.0);
  EXPECT_DOUBLE_EQ(part.f1, 0.5);
}

TEST(ScoreAnswer, CountsRepeatedWordsAsOftenAsBothHaveThem) {
  EXPECT_DOUBLE_EQ(score("dog dog cat", {"dog dog dog"}).f1, 2.0 / 3.0);
}

TEST(ScoreAnswer, OfEmptyAnswersMatchesWithoutSharedWords) {
  const auto both = score("the", {""});
  EXPECT_EQ(both.exact_match, 1.0);
  EXPECT_EQ(both.f1, 0.0);
  const auto none = score("x", {});
  EXPECT_EQ(none.exact_match, 0.0);
  EXPECT_EQ(none.f1, 0.0);
}

}  // namespace
}  // namespace tess2::eval
