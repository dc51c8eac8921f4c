#include "data/synth/expression.h"

#include <gmock/gmock.h>

#include <string>

namespace tess2::data::synth {
namespace {

using ::testing::ElementsAre;

std::optional<std::int64_t> value(const std::string& text) {
  const auto expression = read_expression(text);
  return expression ? std::optional(expression->value) : std::nullopt;
}

TEST(Expression, FollowsPrecedenceFromLeftToRight) {
  EXPECT_EQ(value("25 * 3 - 4"), 71);
  EXPECT_EQ(value("4 + 3 * 25"), 79);
  EXPECT_EQ(value("(4 + 3) x 25"), 175);
  EXPECT_EQ(value("20 - 5 - 3"), 12);
  EXPECT_EQ(value("24 / 4 / 2"), 3);
  EXPECT_EQ(value("24 / (4 / 2)"), 12);
  EXPECT_EQ(value("2*((3+4))"), 14);
  EXPECT_EQ(value("3 - 5 + 4"), 2);
  EXPECT_EQ(value(" 7 "), 7);
}

TEST(Expression, NamesItsNumbersInOrder) {
  EXPECT_THAT(read_expression("(3 + 25) * 3 - 07")->numbers, ElementsAre(3, 25, 3, 7));
}

TEST(Expression, DividesExactlyOrNotAtAll) {
  EXPECT_EQ(value("6 / 4 * 2"), std::nullopt);
  EXPECT_EQ(value("6 / 0"), std::nullopt);
  EXPECT_EQ(value("6 / (3 - 3)"), std::nullopt);
  EXPECT_EQ(value("6 / (2 - 3)"), -6);
  EXPECT_EQ(value("(4 - 10) / 3"), -2);
}

TEST(Expression, RefusesWhatIsNone) {
  for (const char* text : {"", " ", "+", "3 +", "* 3", "-3", "3 4", "3 + (4", "3 + 4)", "()", "(3",
                           "3 + four", "3 ** 2", "3.5", "3 = 3", "1 +\0 2"}) {
    EXPECT_EQ(value(text), std::nullopt) << text;
  }
}

TEST(Expression, RefusesWhatLeaves64Bits) {
  EXPECT_EQ(value("9223372036854775807"), 9223372036854775807);
  EXPECT_EQ(value("9223372036854775808"), std::nullopt);
  EXPECT_EQ(value("9223372036854775807 + 1"), std::nullopt);
  EXPECT_EQ(value("9223372036854775807 * 2"), std::nullopt);
  EXPECT_EQ(value("0 - 9223372036854775807 - 1 - 1"), std::nullopt);
  EXPECT_EQ(value("(0 - 9223372036854775807 - 1) / (0 - 1)"), std::nullopt);
}

TEST(Expression, NestsOnlySoDeep) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '(') + "1" + std::string(depth, ')');
  };
  EXPECT_EQ(value(nested(64)), 1);
  EXPECT_EQ(value(nested(65)), std::nullopt);
  EXPECT_EQ(value(nested(1000000)), std::nullopt);
}

TEST(Expression, FindsNumbersInText) {
  EXPECT_THAT(numbers_in("Make 71 from 3, 25 and x4y."), ElementsAre(71, 3, 25, 4));
  EXPECT_THAT(numbers_in("99999999999999999999 8"), ElementsAre(8));
  EXPECT_THAT(numbers_in(""), ElementsAre());
}

}  // namespace
}  // namespace tess2::data::synth
