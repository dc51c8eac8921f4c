#include "eval/likelihood/texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/error.h"
#include "text/text_test_support.h"

namespace tess2::eval {
namespace {

using testing::HasSubstr;

class SourceTexts : public testing::Test {
 protected:
  SourceTexts() {
    text::make_small_tokenizer(folder_.path() / "tokenizer");
    tokenizer_ = text::load_tokenizer(folder_.path() / "tokenizer");
  }
  std::string write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    folder_.write(name, content);
    return (folder_.path() / name).string();
  }
  std::vector<SourceText> read(const std::string& content, std::int64_t limit = 0) const {
    return read_source_texts({write("texts.jsonl", content)}, limit);
  }
  std::string error_of(const std::string& content) const {
    try {
      read(content);
    } catch (const Error& error) {
      const std::string message = error.what();
      return message.substr(message.find("texts.jsonl"));
    }
    return "no error";
  }
  ScoredText encode(const SourceText& source, const EncodeOptions& how = {}) const {
    return encode_source_text(source, *tokenizer_, how);
  }

  text::TemporaryFolder folder_;
  std::unique_ptr<text::Tokenizer> tokenizer_;
};

TEST_F(SourceTexts, EachFormIsRead) {
  const auto texts =
      read(R"({"text":"a document"})"
           "\n"
           R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]})"
           "\n"
           R"({"index":0,"prompt":"q","text":"an answer","tokens":[1]})"
           "\n"
           R"({"prompt":"q","answer":"gold","reply":"a reply"})"
           "\n"
           R"({"task":"t","prompt":"<s><|user|>\nq\n<|assistant|>\n","output":"an output"})"
           "\n");
  ASSERT_EQ(texts.size(), 5U);
  EXPECT_EQ(texts[0].text, "a document");
  EXPECT_TRUE(texts[0].question.empty());
  EXPECT_EQ(texts[1].text, "a");
  EXPECT_EQ(texts[1].question, (std::vector<text::Message>{{"user", "q"}}));
  EXPECT_EQ(texts[2].text, "an answer");
  EXPECT_EQ(texts[2].question, texts[1].question);
  EXPECT_EQ(texts[3].text, "a reply");
  EXPECT_EQ(texts[3].question, texts[1].question);
  EXPECT_EQ(texts[4].text, "an output");
  EXPECT_EQ(texts[4].before, "<s><|user|>\nq\n<|assistant|>\n");
  EXPECT_EQ(texts[4].place.number, 5U);
}

TEST_F(SourceTexts, FilesFollowOneAnotherUpToTheLimit) {
  const std::string one = write("one.txt", "a whole\nfile\n");
  const std::string two = write("two.jsonl", "{\"text\":\"b\"}\n{\"text\":\"c\"}\n");
  EXPECT_EQ(read_source_texts({one, two}, 0).size(), 3U);
  const auto first = read_source_texts({one, two}, 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].text, "a whole\nfile\n");
  EXPECT_EQ(first[1].text, "b");
}

TEST_F(SourceTexts, OfAnEvaluationTheRecordsAreRead) {
  const std::string record = R"({"prompt":"q","output":"o"})";
  write("eval/gsm8k/records-1-of-2.jsonl", record + "\n");
  write("eval/gsm8k/records-2-of-2.jsonl", record + "\n" + record + "\n");
  write("eval/gsm8k/run.json", "{\n}\n");
  write("eval/scores.json", "{\n}\n");
  EXPECT_EQ(read_source_texts({(folder_.path() / "eval").string()}, 0).size(), 3U);
}

TEST_F(SourceTexts, WhatIsWrongIsNamedByLine) {
  EXPECT_EQ(error_of("{\"text\":\"a\"}\n{\"txt\":\"b\"}\n"),
            "texts.jsonl: line 2: expected `text`, `messages`, `reply` or `output`, found none of "
            "them");
  EXPECT_EQ(error_of("{\"text\":3}\n"),
            "texts.jsonl: line 1: text: expected a string, found a value of type number");
  EXPECT_EQ(error_of(R"({"messages":[{"role":"user","content":"q"}]})"
                     "\n"),
            "texts.jsonl: line 1: messages: expected an answer at the end, found none");
  EXPECT_THROW(read_source_texts({"/missing.jsonl"}, 0), FileError);
}

TEST_F(SourceTexts, ADocumentIsScoredBehindItsStart) {
  const ScoredText text = encode({{}, "", "the cat sat", {}});
  auto own = tokenizer_->encode("the cat sat");
  own.push_back(tokenizer_->eos());
  EXPECT_EQ(text.ids.front(), tokenizer_->bos());
  EXPECT_EQ(std::vector<std::int64_t>(text.ids.begin() + 1, text.ids.end()),
            std::vector<std::int64_t>(own.begin(), own.end()));
  EXPECT_EQ(text.first, 1);
  EXPECT_EQ(text.tokens(), std::ssize(own));
  EXPECT_EQ(text.words, 3);
  EXPECT_EQ(text.bytes, 11);
  EXPECT_FALSE(text.cut);
}

TEST_F(SourceTexts, AShareOfADocumentMayBeGiven) {
  const SourceText source{{}, "", "the cat sat on the mat", {}};
  const ScoredText whole = encode(source);
  const ScoredText half = encode(source, {256, 0.5});
  EXPECT_EQ(half.ids, whole.ids);
  EXPECT_EQ(half.first, 1 + whole.tokens() / 2);
  EXPECT_LT(half.bytes, whole.bytes);
}

TEST_F(SourceTexts, AnAnswerIsScoredBehindItsQuestion) {
  const std::vector<text::Message> question{{"user", "a cat"}};
  const ScoredText text = encode({question, "", "the dog", {}});
  const auto asked = text::encode_prompt(question, *tokenizer_);
  EXPECT_EQ(text.first, std::ssize(asked));
  EXPECT_EQ(text.words, 2);
  // As in training, where question and answer are encoded together.
  const auto together = tokenizer_->encode(text::format_dialogue(
      std::vector<text::Message>{{"user", "a cat"}, {"assistant", "the dog"}}, *tokenizer_));
  EXPECT_EQ(text.ids, std::vector<std::int64_t>(together.begin(), together.end()));
  // A record of an evaluation has the same prompt as text.
  const ScoredText same = encode({{}, text::format_prompt(question, *tokenizer_), "the dog", {}});
  EXPECT_EQ(same.ids, text.ids);
  EXPECT_EQ(same.first, text.first);
}

TEST_F(SourceTexts, WhatDoesNotFitIsCut) {
  const SourceText source{{}, "", "the cat sat on the mat", {}};
  const ScoredText text = encode(source, {5, 0.0});
  EXPECT_EQ(text.ids.size(), 5U);
  EXPECT_TRUE(text.cut);
  EXPECT_NE(text.ids.back(), tokenizer_->eos());
  EXPECT_THROW(encode({{{"user", "a cat"}}, "", "b", {"f.jsonl", 3}}, {4, 0.0}), FormatError);
}

}  // namespace
}  // namespace tess2::eval
