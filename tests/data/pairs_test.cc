#include "data/pairs.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "data/fixtures.h"

namespace tess2::data {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::EndsWith;

const LinePlace kPlace{"pairs.jsonl", 4};

json dialogue(const std::string& user, const std::string& answer) {
  return json::array(
      {{{"role", "user"}, {"content", user}}, {{"role", "assistant"}, {"content", answer}}});
}

class Pairs : public FolderTest {};

TEST_F(Pairs, AreListsOfMessagesOrStringsWithAPrompt) {
  const std::vector<text::Message> good{{"user", "q"}, {"assistant", "good"}};
  const std::vector<text::Message> bad{{"user", "q"}, {"assistant", "bad"}};
  for (const json& object :
       {json{{"chosen", dialogue("q", "good")}, {"rejected", dialogue("q", "bad")}},
        json{{"prompt", "q"}, {"chosen", "good"}, {"rejected", "bad"}}}) {
    const PreferencePair pair = parse_pair(object, kPlace);
    EXPECT_EQ(pair.chosen, good);
    EXPECT_EQ(pair.rejected, bad);
  }
}

TEST_F(Pairs, NameWhatIsMissing) {
  const auto problem = [](const json& object) {
    return error_of([&] { parse_pair(object, kPlace); });
  };
  EXPECT_EQ(problem({{"chosen", "good"}, {"rejected", "bad"}}),
            "pairs.jsonl: line 4: prompt: expected a string, found nothing");
  EXPECT_EQ(problem({{"chosen", dialogue("q", "good")}}),
            "pairs.jsonl: line 4: rejected: expected a list of messages, found nothing");
  const json question = json::array({{{"role", "user"}, {"content", "q"}}});
  EXPECT_EQ(
      problem({{"chosen", question}, {"rejected", question}}),
      "pairs.jsonl: line 4: chosen: expected messages that end with an answer, found an end by "
      "\"user\"");
}

TEST_F(Pairs, AreReadAsTheRewardModelReadsThem) {
  const ByteTokenizer tokenizer;
  const json small{{"chosen", dialogue("q", "good")}, {"rejected", dialogue("q", "bad")}};
  const json large{{"chosen", dialogue("q", "good")},
                   {"rejected", dialogue("q", std::string(50, 'x'))}};
  const auto file = write("a.jsonl", small.dump() + "\n" + large.dump() + "\n");
  const PairExamples pairs = read_pairs(file, 60, tokenizer);
  ASSERT_EQ(pairs.examples.size(), 1u);
  EXPECT_EQ(pairs.too_long, 1);
  EXPECT_EQ(tokenizer.decode(pairs.examples[0].chosen), "<|user|>\nq\n<|assistant|>\ngood</s>\n");
  EXPECT_EQ(tokenizer.decode(pairs.examples[0].rejected), "<|user|>\nq\n<|assistant|>\nbad</s>\n");
  EXPECT_THAT(error_of([&] { read_pairs(file, 10, tokenizer); }),
              EndsWith("expected a pair of at most 10 tokens, found none (2 are longer)"));
}

}  // namespace
}  // namespace tess2::data
