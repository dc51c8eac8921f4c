#include "eval/metrics/extraction.h"

#include <gtest/gtest.h>

namespace tess2::eval {
namespace {

TEST(Gsm8kAnswer, IsTheLastNumber) {
  EXPECT_EQ(gsm8k_answer("3 cats and 4 dogs make 7."), "7");
  EXPECT_EQ(gsm8k_answer("It costs $1,234,567 in all"), "1234567");
  EXPECT_EQ(gsm8k_answer("So <<3*1.5=4.50>>4.50 dollars"), "4.50");
  EXPECT_EQ(gsm8k_answer("half: .5"), ".5");
}

TEST(Gsm8kAnswer, KeepsASignOnlyBeforeADecimal) {
  EXPECT_EQ(gsm8k_answer("A: -4"), "4");
  EXPECT_EQ(gsm8k_answer("A: -4.5"), "-4.5");
  EXPECT_EQ(gsm8k_answer("A: +.25"), "+.25");
}

TEST(Gsm8kAnswer, LetsADigitServeOneComma) {
  EXPECT_EQ(gsm8k_answer("1,2,3"), "3");
  EXPECT_EQ(gsm8k_answer("12,3"), "123");
}

TEST(Gsm8kAnswer, OfNoNumberIsTheWholeText) {
  EXPECT_EQ(gsm8k_answer("no idea "), "no idea ");
  EXPECT_EQ(gsm8k_answer(""), "");
  EXPECT_EQ(gsm8k_answer("-. +"), "-. +");
}

TEST(Gsm8kGold, FollowsTheMark) {
  EXPECT_EQ(gsm8k_gold("2+2=4\n#### 1,400"), "1400");
  EXPECT_EQ(gsm8k_gold("2+2=4"), std::nullopt);
}

TEST(BbhAnswer, StandsBetweenThePhraseAndTheFullStop) {
  EXPECT_EQ(bbh_answer("Well. So the answer is  (B) . The answer is (C)."), "(B)");
  EXPECT_EQ(bbh_answer("The answer is 2.5."), "2");
  EXPECT_EQ(bbh_answer("the answer is here\nThe answer is there."), "there");
}

TEST(BbhAnswer, OfNoPhraseIsTheWholeText) {
  EXPECT_EQ(bbh_answer(" valid\n"), "valid");
  EXPECT_EQ(bbh_answer("The answer is (A)"), "The answer is (A)");
  EXPECT_EQ(bbh_answer("Whe answer is x."), "Whe answer is x.");
}

TEST(SameAnswer, LeavesCaseAndPunctuationAside) {
  EXPECT_TRUE(same_answer("Yes.", "yes"));
  EXPECT_TRUE(same_answer("(A)", "A"));
  EXPECT_FALSE(same_answer("a b", "ab"));
  EXPECT_FALSE(same_answer("6.00", "6"));
}

TEST(MmluChoice, IsTheOneThatIsSaid) {
  EXPECT_EQ(mmlu_choice("A is tempting, but the answer is (C)."), 'C');
  EXPECT_EQ(mmlu_choice("The correct answer is: **B**"), 'B');
}

TEST(MmluChoice, IsElseTheOneThatStandsFirst) {
  EXPECT_EQ(mmlu_choice(" D. Because"), 'D');
  EXPECT_EQ(mmlu_choice("(B)"), 'B');
  EXPECT_EQ(mmlu_choice("I choose (A), not B"), 'A');
  EXPECT_EQ(mmlu_choice("It must be C"), 'C');
}

TEST(MmluChoice, IsNoArticleAndNoPartOfAWord) {
  EXPECT_EQ(mmlu_choice("A dog barks. D"), 'D');
  EXPECT_EQ(mmlu_choice("Because"), std::nullopt);
  EXPECT_EQ(mmlu_choice("E"), std::nullopt);
  EXPECT_EQ(mmlu_choice(""), std::nullopt);
}

}  // namespace
}  // namespace tess2::eval
