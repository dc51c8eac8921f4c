#include "data/dialogues.h"

#include <gmock/gmock.h>

#include "data/examples.h"
#include "data/fixtures.h"

namespace tess2::data {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

constexpr std::string_view kTwoTurns =
    R"({"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"},)"
    R"( {"role": "user", "content": "so"}, {"role": "assistant", "content": "no"}]})"
    "\n";

class Dialogues : public FolderTest {
 protected:
  std::vector<Example> read(const std::filesystem::path& file,
                            text::DialogueMode mode = text::DialogueMode::kFirstPair) {
    const auto encoder = std::make_shared<DialogueEncoder>(tokenizer_, mode, 64);
    return read_examples({{file}, {}}, encoder, reading_);
  }
  std::string answer_of(const Example& example) const {
    return tokenizer_.decode(std::span(example.ids).subspan(example.split));
  }

  const ByteTokenizer tokenizer_;
  Reading reading_ = test_reading();
};

TEST_F(Dialogues, GiveTheirFirstAnswerToLearn) {
  const auto examples = read(write("a.jsonl", kTwoTurns));
  ASSERT_EQ(examples.size(), 1u);
  EXPECT_EQ(reading_.log->too_long(), 0);
  ASSERT_EQ(examples[0].ids.size(), 64u);
  EXPECT_EQ(tokenizer_.decode(std::span(examples[0].ids).first(examples[0].split)),
            "<s><|user|>\nhi\n<|assistant|>\n");
  EXPECT_THAT(answer_of(examples[0]), StartsWith("yes</s>[PAD]"));
}

TEST_F(Dialogues, GiveMoreExamplesInTheOtherModes) {
  const auto file = write("a.jsonl", kTwoTurns);
  const auto pairs = read(file, text::DialogueMode::kEachPair);
  ASSERT_EQ(pairs.size(), 2u);
  EXPECT_THAT(answer_of(pairs[1]), StartsWith("no</s>"));
  EXPECT_EQ(pairs[0].split, pairs[1].split);
  const auto turns = read(file, text::DialogueMode::kPrefixTurns);
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_THAT(answer_of(turns[1]), StartsWith("no</s>"));
  EXPECT_GT(turns[1].split, pairs[1].split) << "what came before is given";
  EXPECT_EQ(read(file, text::DialogueMode::kSlidingWindow).size(), 3u);
}

TEST_F(Dialogues, ATextIsAnAnswerWithoutAQuestion) {
  const auto examples = read(write("a.jsonl", R"({"text": "once"})"));
  ASSERT_EQ(examples.size(), 1u);
  EXPECT_EQ(examples[0].ids.size(), 64u);
  EXPECT_EQ(examples[0].split, 1u);
  EXPECT_EQ(examples[0].ids[0], tokenizer_.bos());
  EXPECT_THAT(answer_of(examples[0]), StartsWith("once</s>[PAD]"));
  const auto longer = read(write("b.jsonl", R"({"text": ")" + std::string(100, 'x') + R"("})"));
  EXPECT_EQ(answer_of(longer.at(0)), std::string(63, 'x'));
}

TEST_F(Dialogues, CountAnswersThatDoNotFit) {
  const std::string longer = R"({"messages": [{"role": "user", "content": ")" +
                             std::string(100, 'x') +
                             R"("}, {"role": "assistant", "content": "yes"}]})" + "\n";
  EXPECT_EQ(read(write("a.jsonl", std::string(kTwoTurns) + longer)).size(), 1u);
  EXPECT_EQ(reading_.log->too_long(), 1);
  reading_ = test_reading();
  EXPECT_THAT(
      error_of([&] { read(write("b.jsonl", longer)); }),
      EndsWith("b.jsonl: expected an answer that begins within 64 tokens, found none (1 are "
               "longer)"));
}

TEST_F(Dialogues, NameTheLineOfABadRecord) {
  const auto file = write("a.jsonl", std::string(kTwoTurns) + "{\"messages\": 3}\n");
  EXPECT_EQ(error_of([&] { read(file); }),
            file.string() +
                ": line 2: messages: expected a list of messages, found a value of type number");
}

}  // namespace
}  // namespace tess2::data
