#include "eval/questions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "text/text_test_support.h"

namespace tess2::eval {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

constexpr const char* kCopy =
    R"({"messages":[{"role":"user","content":"Say: cat"},{"role":"assistant","content":"cat"}],)"
    R"("task":"copy","answer":"cat"})";

class QuestionsTest : public testing::Test {
 protected:
  std::vector<Question> read(const std::string& lines, std::int64_t limit = 0) {
    folder_.write("q.jsonl", lines);
    return read_questions(folder_.path() / "q.jsonl", limit);
  }
  std::string error(const std::string& line) {
    return text::error_of<FormatError>([&] { read(std::string(kCopy) + "\n" + line); });
  }

  text::TemporaryFolder folder_;
};

TEST_F(QuestionsTest, TheAnswerIsNotPartOfTheQuestion) {
  const auto questions = read(std::string(kCopy) + "\n");
  ASSERT_THAT(questions, SizeIs(1));
  EXPECT_EQ(questions[0].task, "copy");
  EXPECT_EQ(questions[0].answer, "cat");
  EXPECT_EQ(questions[0].prompt(), "Say: cat");
  EXPECT_THAT(questions[0].messages, SizeIs(1));
  EXPECT_EQ(questions[0].place.number, 1);
}

TEST_F(QuestionsTest, TheLimitTakesTheFirst) {
  std::string lines;
  for (const char* word : {"one", "two", "three"}) {
    lines += std::string(R"({"messages":[{"role":"user","content":")") + word +
             R"("}],"task":"copy","answer":"x"})" + "\n";
  }
  EXPECT_THAT(read(lines), SizeIs(3));
  const auto two = read(lines, 2);
  ASSERT_THAT(two, SizeIs(2));
  EXPECT_EQ(two[1].prompt(), "two");
  EXPECT_THAT(read(lines, 9), SizeIs(3));
}

TEST_F(QuestionsTest, ErrorsNameTheLineAndTheKey) {
  EXPECT_THAT(error(R"({"messages":[{"role":"user","content":"a"}],"task":"sing","answer":"b"})"),
              HasSubstr("q.jsonl: line 2: task: expected a known task, found unknown task 'sing'"));
  EXPECT_THAT(error(R"({"messages":[{"role":"user","content":"a"}],"task":"copy"})"),
              HasSubstr("q.jsonl: line 2: answer: expected a string, found nothing"));
  EXPECT_THAT(error(R"({"messages":[{"role":"user","content":" "}],"task":"copy","answer":"b"})"),
              HasSubstr("q.jsonl: line 2: messages: expected a prompt, found an empty one"));
  EXPECT_THAT(error(R"({"messages":[{"role":"system","content":"a"}],"task":"copy","answer":""})"),
              HasSubstr("line 2: messages: expected a message of the user, found none"));
  EXPECT_THAT(error(R"({"messages":[{"role":"user","content":"a"}],"task":"path","answer":"b"})"),
              HasSubstr("line 2: messages: expected a problem of the task, found path: expected a "
                        "prompt with roads, a start and a goal"));
  EXPECT_THAT(error(R"({"messages":)"), HasSubstr("q.jsonl: line 2: expected a JSON object"));
}

TEST_F(QuestionsTest, AQuestionMustBeShorterThanTheCanvas) {
  const auto tokenizer = text::small_padded_tokenizer();
  const auto question = read(std::string(kCopy) + "\n")[0];
  const auto ids = encode_question(question, 500, *tokenizer);
  EXPECT_EQ(ids, tokenizer->encode("<s><|user|>\nSay: cat\n<|assistant|>\n"));
  const auto size = std::ssize(ids);
  EXPECT_THAT(
      text::error_of<FormatError>([&] { encode_question(question, size, *tokenizer); }),
      HasSubstr("q.jsonl: line 1: messages: expected a prompt of fewer tokens than `length` "
                "(" +
                std::to_string(size) + "), found " + std::to_string(size)));
  EXPECT_EQ(encode_question(question, size + 1, *tokenizer), ids);
}

}  // namespace
}  // namespace tess2::eval
