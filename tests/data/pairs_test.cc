#include "data/pairs.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "data/examples.h"
#include "data/fixtures.h"
#include "support/shared_data.h"

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

TEST_F(Pairs, MayBeTranscripts) {
  const PreferencePair pair = parse_pair({{"chosen", "\n\nHuman: q\n\nwhy?\n\nAssistant: good "},
                                          {"rejected", "\n\nHuman: q\n\nAssistant:"}},
                                         kPlace);
  EXPECT_THAT(pair.chosen,
              ElementsAre(text::Message{"user", "q\n\nwhy?"}, text::Message{"assistant", "good"}));
  EXPECT_THAT(pair.rejected,
              ElementsAre(text::Message{"user", "q"}, text::Message{"assistant", ""}));
}

TEST_F(Pairs, OfATranscriptJoinTurnsOfOneSpeaker) {
  EXPECT_THAT(parse_transcript("\n\nHuman: a\n\nHuman: b\n\nAssistant: c\n\nAssistant: d"
                               "\n\nHuman: e\n\nAssistant: f"),
              ElementsAre(text::Message{"user", "a\n\nb"}, text::Message{"assistant", "c\n\nd"},
                          text::Message{"user", "e"}, text::Message{"assistant", "f"}));
  EXPECT_THAT(
      error_of([] {
        parse_pair({{"chosen", "\n\nHuman: q"}, {"rejected", "\n\nHuman: q"}}, kPlace);
      }),
      EndsWith("chosen: expected messages that end with an answer, found an end by \"user\""));
  EXPECT_FALSE(is_transcript("Human: a"));
}

TEST_F(Pairs, AreReadAsTheRewardModelReadsThem) {
  const ByteTokenizer tokenizer;
  const json small{{"chosen", dialogue("q", "good")}, {"rejected", dialogue("q", "bad")}};
  const json large{{"chosen", dialogue("q", "good")},
                   {"rejected", dialogue("q", std::string(50, 'x'))}};
  const auto file = write("a.jsonl", small.dump() + "\n" + large.dump() + "\n");
  const auto read = [&](std::size_t length, const Reading& reading) {
    return read_examples({{file}, {}}, std::make_shared<PairEncoder>(tokenizer, length), reading);
  };
  const Reading reading = test_reading();
  const auto pairs = read(60, reading);
  ASSERT_EQ(pairs.size(), 1u);
  EXPECT_EQ(reading.log->too_long(), 1);
  const std::span ids(pairs[0].ids);
  EXPECT_EQ(tokenizer.decode(ids.first(pairs[0].split)), "<|user|>\nq\n<|assistant|>\ngood</s>\n");
  EXPECT_EQ(tokenizer.decode(ids.subspan(pairs[0].split)), "<|user|>\nq\n<|assistant|>\nbad</s>\n");
  EXPECT_THAT(error_of([&] { read(10, test_reading()); }),
              EndsWith("expected a pair of at most 10 tokens, found none (2 are longer)"));
}

TEST_F(Pairs, OfTheSharedTranscriptsAreAllRead) {
  TESS2_SHARED_OR_SKIP(file, "data/hh_rlhf/harmless-base.test.jsonl.gz");
  const ByteTokenizer tokenizer;
  const Reading reading = test_reading(OnBadLine::kSkip);
  const auto pairs =
      read_examples({{file}, {}}, std::make_shared<PairEncoder>(tokenizer, 100000), reading);
  EXPECT_EQ(pairs.size(), 2312u);
  EXPECT_EQ(reading.log->bad_lines(), 0);
}

}  // namespace
}  // namespace tess2::data
