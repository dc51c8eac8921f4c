#include "generate/answer_text.h"

#include <gtest/gtest.h>

#include <random>

#include "text/text_test_support.h"

namespace tess2::generate {
namespace {

using text::TokenId;

class AnswerTextTest : public testing::Test {
 protected:
  std::vector<TokenId> ids(std::string_view text) const { return tokenizer_->encode(text); }
  std::vector<TokenId> ended(std::string_view text, std::size_t places) const {
    auto result = ids(text);
    result.push_back(tokenizer_->eos());
    result.resize(places, *tokenizer_->pad());
    return result;
  }

  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
};

TEST_F(AnswerTextTest, EndsAtTheEndToken) {
  const auto tokens = ended("the cat sat", 40);
  const AnswerText answer = read_answer(tokens, {}, *tokenizer_);
  EXPECT_EQ(answer.text, "the cat sat");
  EXPECT_EQ(answer.tokens, std::ssize(ids("the cat sat")) + 1);
  EXPECT_EQ(answer.reason, FinishReason::kStop);
}

TEST_F(AnswerTextTest, WithoutAnEndThePlacesWereUsedUp) {
  const AnswerText answer = read_answer(ids("the cat sat"), {}, *tokenizer_);
  EXPECT_EQ(answer.text, "the cat sat");
  EXPECT_EQ(answer.reason, FinishReason::kLength);
}

TEST_F(AnswerTextTest, EndsBeforeTheStopThatIsCompleteFirst) {
  const auto tokens = ended("the cat sat on the mat", 40);
  const auto stopped = [&](std::vector<std::string> stops) {
    const AnswerText answer = read_answer(tokens, stops, *tokenizer_);
    EXPECT_EQ(answer.reason, FinishReason::kStop);
    EXPECT_LE(answer.tokens, std::ssize(tokens));
    return answer.text;
  };
  EXPECT_EQ(stopped({" sat"}), "the cat");
  EXPECT_EQ(stopped({"mat", "sat"}), "the cat ");
  EXPECT_EQ(stopped({"cat sat on", "sat"}), "the cat ");
  EXPECT_EQ(stopped({"t sat", "cat sat"}), "the ") << "of two that end together the longer";
  EXPECT_EQ(stopped({"dog"}), "the cat sat on the mat");
}

TEST_F(AnswerTextTest, ABeginningIsHeldBackWhileItMayBecomeAStop) {
  const std::vector<std::string> stops{" sat on"};
  const auto all = ids("the cat sat in");
  std::string text;
  for (std::size_t n = 0; n <= all.size(); ++n) {
    const auto certain = certain_text(std::span(all).first(n), stops, *tokenizer_);
    EXPECT_FALSE(certain.complete);
    EXPECT_TRUE(certain.text.starts_with(text));
    text = certain.text;
    EXPECT_FALSE(text.ends_with(" sat")) << text;
  }
  EXPECT_EQ(text, "the cat sat in");
}

TEST_F(AnswerTextTest, AnEndOrAStopMakesItComplete) {
  EXPECT_TRUE(certain_text(ended("the cat", 9), {}, *tokenizer_).complete);
  const std::vector<std::string> stops{"cat"};
  const auto certain = certain_text(ids("the cat sat"), stops, *tokenizer_);
  EXPECT_TRUE(certain.complete);
  EXPECT_EQ(certain.text, "the ");
}

// Any tokens at all, bytes of broken characters among them: what was sent stays right.
TEST_F(AnswerTextTest, WhatIsCertainIsTheBeginningOfEveryContinuation) {
  std::mt19937 random(5);
  const std::vector<std::string> stops{"the", "a s"};
  const auto vocabulary = static_cast<unsigned>(tokenizer_->vocab_size());
  for (int round = 0; round < 2000; ++round) {
    std::vector<TokenId> tokens(12);
    for (TokenId& id : tokens) id = static_cast<TokenId>(random() % vocabulary);
    const std::string whole = read_answer(tokens, stops, *tokenizer_).text;
    for (std::size_t n = 0; n <= tokens.size(); ++n) {
      const auto certain = certain_text(std::span(tokens).first(n), stops, *tokenizer_);
      ASSERT_TRUE(whole.starts_with(certain.text)) << whole << " | " << certain.text;
      if (certain.complete) {
        ASSERT_EQ(certain.text, whole);
      }
    }
  }
}

TEST_F(AnswerTextTest, ATokensTextKeepsItsSpace) {
  EXPECT_EQ(token_text(*tokenizer_, ids("cat").front()).front(), ' ');
  EXPECT_EQ(continuation_text(*tokenizer_, ids("cat sat")), " cat sat");
  EXPECT_EQ(continuation_text(*tokenizer_, {}), "");
}

}  // namespace
}  // namespace tess2::generate
