#include "eval/prompt_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/answerer.h"
#include "text/text_test_support.h"

namespace tess2::eval {
namespace {

using testing::SizeIs;

class PromptFileTest : public testing::Test {
 protected:
  std::vector<PromptRecord> read(const std::string& lines) {
    folder_.write("p.jsonl", lines);
    return read_prompts(folder_.path() / "p.jsonl", 7);
  }
  std::string error(const std::string& line) {
    const std::string message =
        text::error_of<FormatError>([&] { read("{\"prompt\":\"fine\"}\n" + line); });
    return message.substr(message.find("p.jsonl"));
  }

  text::TemporaryFolder folder_;
};

TEST_F(PromptFileTest, APromptIsTextOrADialogueUpToItsLastQuestion) {
  const auto records = read(R"({"prompt": "the cat", "id": "a-1"}
{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}], "task": "x"}

{"prompt": "the dog", "id": 3, "seed": 41}
)");
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[0].prompt, "the cat");
  EXPECT_FALSE(records[0].is_dialogue());
  EXPECT_EQ(records[0].id, "\"a-1\"");
  ASSERT_TRUE(records[1].is_dialogue());
  EXPECT_THAT(records[1].messages, testing::ElementsAre(text::Message{"user", "hi"}));
  EXPECT_EQ(records[1].id, "");
  EXPECT_EQ(records[2].id, "3");
  EXPECT_EQ(records[2].place.number, 4U);
}

TEST_F(PromptFileTest, SeedsAreGivenOrThoseOfTheirPlace) {
  const auto records = read(
      "{\"prompt\":\"a\"}\n{\"prompt\":\"b\",\"seed\":9223372036854775807}\n"
      "{\"prompt\":\"c\"}\n");
  EXPECT_EQ(records[0].seed, 7U);
  EXPECT_EQ(records[1].seed, 9223372036854775807U);
  EXPECT_EQ(records[2].seed, prompt_seed(7, 2));
}

TEST_F(PromptFileTest, ErrorsNameTheLineAndTheKey) {
  EXPECT_EQ(error("{\"text\":\"a\"}"),
            "p.jsonl: line 2: expected either `prompt` or `messages`, found neither");
  EXPECT_EQ(error(R"({"prompt":"a","messages":[]})"),
            "p.jsonl: line 2: expected either `prompt` or `messages`, found both");
  EXPECT_EQ(error(R"({"prompt":5})"),
            "p.jsonl: line 2: prompt: expected a string, found a value of type number");
  EXPECT_EQ(error(R"({"prompt":" "})"), "p.jsonl: line 2: prompt: expected text, found none");
  EXPECT_EQ(error(R"({"messages":[{"role":"user","content":""}]})"),
            "p.jsonl: line 2: messages: expected a prompt, found an empty one");
  for (const char* seed : {"-1", "1.5", "\"1\"", "9223372036854775808"}) {
    EXPECT_EQ(error(R"({"prompt":"a","seed":)" + std::string(seed) + "}"),
              "p.jsonl: line 2: seed: expected an integer from 0 to 2^63 - 1, found " +
                  std::string(seed));
  }
}

}  // namespace
}  // namespace tess2::eval
