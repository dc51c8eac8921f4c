#include "data/synth/check.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tess2::data::synth {
namespace {

using test_support::error_of;
using ::testing::HasSubstr;

/// Of families whose checkers need no prompt.
bool check(std::string_view task, std::string_view answer, std::string_view output) {
  return check_answer(task, {.prompt = "", .answer = answer, .output = output});
}

TEST(CheckAnswer, ExactAnswersMayDifferInCaseSpacesAndFullStop) {
  EXPECT_TRUE(check("copy", "cat dog", " Cat  dog.\n"));
  EXPECT_FALSE(check("copy", "cat dog", "cat dog sun"));
  EXPECT_FALSE(check("copy", "cat dog", "dog cat"));
  EXPECT_FALSE(check("copy", "cat dog", ""));
}

TEST(CheckAnswer, ArithmeticLooksAtTheResultAlone) {
  EXPECT_TRUE(check("addition", "85", "7 + 8 = 16, answer 85"));
  EXPECT_TRUE(check("addition", "85", "47 + 38 = 85"));
  EXPECT_TRUE(check("addition", "85", "85."));
  EXPECT_FALSE(check("addition", "85", "7 + 8 = 85, answer 16"));
  EXPECT_FALSE(check("addition", "85", "answer 850"));
  EXPECT_FALSE(check("addition", "85", "answer 85 or 86"));
}

TEST(CheckAnswer, StoriesNeedEveryWordAndThreeSentences) {
  EXPECT_TRUE(check("story", "Tom ball", "Tom ran. He had a ball! It was good."));
  EXPECT_FALSE(check("story", "Tom ball", "Tom ran. He had balls! It was good."));
  EXPECT_FALSE(check("story", "Tom ball", "Tom ball."));
}

TEST(CheckAnswer, TheMarkedAnswerFollowsTheLastMark) {
  EXPECT_EQ(marked_answer("a = 1, answer 1"), " 1");
  EXPECT_EQ(marked_answer("answer 2, no: answer 1"), " 1");
  EXPECT_EQ(marked_answer("a = 1"), "a = 1");
  EXPECT_EQ(marked_answer("answer"), "");
}

TEST(CheckAnswer, NamesTheNearestTask) {
  EXPECT_THAT(error_of([] { check("revers", "a", "a"); }), HasSubstr("reverse"));
}

}  // namespace
}  // namespace tess2::data::synth
