#include "data/synth/check.h"

#include <gmock/gmock.h>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tess2::data::synth {
namespace {

using test_support::error_of;
using ::testing::HasSubstr;

TEST(CheckAnswer, ExactAnswersMayDifferInCaseSpacesAndFullStop) {
  EXPECT_TRUE(check_answer("copy", "cat dog", " Cat  dog.\n"));
  EXPECT_FALSE(check_answer("copy", "cat dog", "cat dog sun"));
  EXPECT_FALSE(check_answer("copy", "cat dog", "dog cat"));
  EXPECT_FALSE(check_answer("copy", "cat dog", ""));
}

TEST(CheckAnswer, ArithmeticLooksAtTheResultAlone) {
  EXPECT_TRUE(check_answer("addition", "85", "7 + 8 = 16, answer 85"));
  EXPECT_TRUE(check_answer("addition", "85", "47 + 38 = 85"));
  EXPECT_TRUE(check_answer("addition", "85", "85."));
  EXPECT_FALSE(check_answer("addition", "85", "7 + 8 = 85, answer 16"));
  EXPECT_FALSE(check_answer("addition", "85", "answer 850"));
  EXPECT_FALSE(check_answer("addition", "85", "answer 85 or 86"));
}

TEST(CheckAnswer, StoriesNeedEveryWordAndThreeSentences) {
  EXPECT_TRUE(check_answer("story", "Tom ball", "Tom ran. He had a ball! It was good."));
  EXPECT_FALSE(check_answer("story", "Tom ball", "Tom ran. He had balls! It was good."));
  EXPECT_FALSE(check_answer("story", "Tom ball", "Tom ball."));
}

TEST(CheckAnswer, NamesTheNearestTask) {
  EXPECT_THAT(error_of([] { check_answer("revers", "a", "a"); }), HasSubstr("reverse"));
}

}  // namespace
}  // namespace tess2::data::synth
