#include "text/special_tokens.h"

#include <gtest/gtest.h>

namespace tess2::text {
namespace {

SpecialTokens some_tokens() {
  SpecialTokens tokens;
  tokens.add("<s>", 1);
  tokens.add("<s>>", 7);
  tokens.add("<", 9);
  tokens.add("[PAD]", 3);
  return tokens;
}

TEST(SpecialTokens, FindsTheFirstAndTheLongestThere) {
  const SpecialTokens tokens = some_tokens();
  const auto match = tokens.find("ab<s>>[PAD]", 0);
  ASSERT_TRUE(match);
  EXPECT_EQ(match->begin, 2u);
  EXPECT_EQ(match->end, 6u);
  EXPECT_EQ(match->id, 7);
  EXPECT_EQ(tokens.find("ab<s>", 0)->id, 1);
  EXPECT_EQ(tokens.find("ab<t>", 0)->id, 9);
}

TEST(SpecialTokens, SearchesFromThePlaceGiven) {
  const SpecialTokens tokens = some_tokens();
  EXPECT_EQ(tokens.find("<s>[PAD]", 3)->id, 3);
  EXPECT_FALSE(tokens.find("<s>[PAD]", 4));
  EXPECT_FALSE(tokens.find("[PAD", 0));
  EXPECT_FALSE(tokens.find("", 0));
}

}  // namespace
}  // namespace tess2::text
