#include "data/dialogues.h"

#include <gmock/gmock.h>

#include "data/fixtures.h"

namespace tess2::data {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr std::string_view kTwoTurns =
    R"({"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"},)"
    R"( {"role": "user", "content": "so"}, {"role": "assistant", "content": "no"}]})"
    "\n";

class Dialogues : public FolderTest {
 protected:
  const ByteTokenizer tokenizer_;
};

TEST_F(Dialogues, MakesTheExamplesOfEachRecord) {
  const auto file = write("a.jsonl", kTwoTurns);
  const auto first = read_dialogues(file, text::DialogueMode::kFirstPair, 64, tokenizer_);
  ASSERT_EQ(first.examples.size(), 1u);
  EXPECT_EQ(first.too_long, 0);
  const auto& ids = first.examples[0].ids;
  ASSERT_EQ(ids.size(), 64u);
  EXPECT_THAT(tokenizer_.decode(ids), HasSubstr("<s><|user|>\nhi\n<|assistant|>\nyes</s>[PAD]"));
  EXPECT_EQ(read_dialogues(file, text::DialogueMode::kEachPair, 64, tokenizer_).examples.size(),
            2u);
}

TEST_F(Dialogues, CountsAnswersThatDoNotFit) {
  const std::string longer = R"({"messages": [{"role": "user", "content": ")" +
                             std::string(100, 'x') +
                             R"("}, {"role": "assistant", "content": "yes"}]})" + "\n";
  const auto file = write("a.jsonl", std::string(kTwoTurns) + longer);
  const auto read = read_dialogues(file, text::DialogueMode::kFirstPair, 64, tokenizer_);
  EXPECT_EQ(read.examples.size(), 1u);
  EXPECT_EQ(read.too_long, 1);
  EXPECT_THAT(error_of([&] {
                read_dialogues(write("b.jsonl", longer), text::DialogueMode::kFirstPair, 64,
                               tokenizer_);
              }),
              EndsWith("messages: expected an answer that begins within 64 tokens, found none (1 "
                       "begin later)"));
}

TEST_F(Dialogues, NamesTheLineOfABadRecord) {
  const auto file = write("a.jsonl", std::string(kTwoTurns) + "{\"messages\": 3}\n");
  EXPECT_EQ(error_of([&] { read_dialogues(file, text::DialogueMode::kFirstPair, 64, tokenizer_); }),
            file.string() +
                ": line 2: messages: expected a list of messages, found a value of type number");
}

}  // namespace
}  // namespace tess2::data
