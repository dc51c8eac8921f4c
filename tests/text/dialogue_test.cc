#include "text/dialogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/shared_data.h"
#include "text/text_test_support.h"

namespace tess2::text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<Message> messages_of(const nlohmann::json& json) {
  std::vector<Message> messages;
  for (const auto& one : json["messages"]) messages.push_back({one["role"], one["content"]});
  return messages;
}

std::unique_ptr<Tokenizer> padded_mistral(const std::filesystem::path& model) {
  TemporaryFolder folder;
  copy_tokenizer_with_pad(model, folder.path());
  return load_tokenizer(folder.path());
}

nlohmann::json read_json(const std::filesystem::path& file) {
  std::ifstream in(file);
  return nlohmann::json::parse(in);
}

// The reference marks what is not learnt with the label -100.
std::vector<std::uint8_t> mask_of(const std::vector<TokenId>& labels) {
  std::vector<std::uint8_t> mask;
  for (const TokenId label : labels) mask.push_back(label == -100 ? 0 : 1);
  return mask;
}

TEST(DialogueGolden, TrainingTurnsAreTheReferences) {
  TESS2_SHARED_OR_SKIP(model, "models/mistral_v1_tokenizer");
  TESS2_SHARED_OR_SKIP(golden, "golden/tokenizers/chat_tulu_mistral_v1.json");
  const auto tokenizer = padded_mistral(model);
  const auto cases = read_json(golden)["training"];
  ASSERT_FALSE(cases.empty());
  for (const auto& one : cases) {
    const auto encoded = encode_dialogue(messages_of(one), DialogueMode::kPrefixTurns,
                                         one["max_length"], *tokenizer);
    ASSERT_EQ(encoded.examples.size(), one["turns"].size());
    EXPECT_EQ(encoded.without_answer, 0);
    for (std::size_t i = 0; i < encoded.examples.size(); ++i) {
      const auto labels = one["turns"][i]["labels"].get<std::vector<TokenId>>();
      EXPECT_EQ(encoded.examples[i].ids, one["turns"][i]["input_ids"].get<std::vector<TokenId>>());
      EXPECT_EQ(encoded.examples[i].span_mask, mask_of(labels));
    }
  }
}

TEST(DialogueGolden, PromptsAreTheReferences) {
  TESS2_SHARED_OR_SKIP(model, "models/mistral_v1_tokenizer");
  TESS2_SHARED_OR_SKIP(golden, "golden/tokenizers/chat_tulu_mistral_v1.json");
  const auto tokenizer = padded_mistral(model);
  const auto cases = read_json(golden)["generation_prompts"];
  ASSERT_FALSE(cases.empty());
  for (const auto& one : cases) {
    const auto messages = messages_of(one);
    EXPECT_EQ(format_prompt(messages, *tokenizer), one["prompt"].get<std::string>());
    EXPECT_EQ(encode_prompt(messages, *tokenizer), one["ids"].get<std::vector<TokenId>>());
  }
}

TEST(DialogueGolden, TheRewardModelSeesANewlineLast) {
  TESS2_SHARED_OR_SKIP(model, "models/mistral_v1_tokenizer");
  const auto tokenizer = load_tokenizer(model);
  EXPECT_THAT(
      encode_for_reward(std::vector<Message>{{"user", "Hi"}, {"assistant", "Hello"}}, *tokenizer),
      ElementsAre(523, 28766, 1838, 28766, 28767, 13, 23809, 13, 28789, 28766, 489, 11143, 28766,
                  28767, 13, 16230, 2, 28705, 13));
}

class DialogueTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { tokenizer_ = small_padded_tokenizer().release(); }
  static void TearDownTestSuite() { delete tokenizer_; }

  // The text inside and outside the span, padding left out.
  static std::pair<std::string, std::string> parts(const EncodedDialogue& example) {
    std::vector<TokenId> given, learnt;
    for (std::size_t i = 0; i < example.ids.size(); ++i) {
      if (example.ids[i] == *tokenizer_->pad()) continue;
      (example.span_mask[i] != 0 ? learnt : given).push_back(example.ids[i]);
    }
    return {tokenizer_->decode(given), tokenizer_->decode(learnt)};
  }

  static std::vector<std::string> learnt(DialogueMode mode) {
    std::vector<std::string> out;
    for (const auto& example : encode_dialogue(three_pairs(), mode, 200, *tokenizer_).examples) {
      out.push_back(parts(example).second);
    }
    return out;
  }

  static std::vector<Message> three_pairs() {
    return {{"user", "one"},      {"assistant", "cat"}, {"user", "two"},
            {"assistant", "dog"}, {"user", "three"},    {"assistant", "log"}};
  }

  static Tokenizer* tokenizer_;
};

Tokenizer* DialogueTest::tokenizer_ = nullptr;

TEST_F(DialogueTest, WritesTheFormWithContentsStripped) {
  const std::vector<Message> one = {{"user", " Why?\n"}, {"assistant", "\tSo. "}};
  EXPECT_EQ(format_dialogue(one, *tokenizer_), "<s><|user|>\nWhy?\n<|assistant|>\nSo.</s>");
  const std::vector<Message> two = {
      {"system", " Be kind. "}, {"user", "a"}, {"assistant", "b"}, {"user", "c"}};
  EXPECT_EQ(format_dialogue(two, *tokenizer_),
            "<s><|system|>\nBe kind.\n<|user|>\na\n<|assistant|>\nb\n<|user|>\nc\n");
  EXPECT_EQ(format_prompt(two, *tokenizer_),
            "<s><|system|>\nBe kind.\n<|user|>\na\n<|assistant|>\nb\n<|user|>\nc\n<|assistant|>\n");
}

TEST_F(DialogueTest, ModesChooseTheAnswersToLearn) {
  EXPECT_THAT(learnt(DialogueMode::kFirstPair), ElementsAre("cat</s>"));
  EXPECT_THAT(learnt(DialogueMode::kEachPair), ElementsAre("cat</s>", "dog</s>", "log</s>"));
  EXPECT_THAT(learnt(DialogueMode::kPrefixTurns), ElementsAre("cat</s>", "dog</s>", "log</s>"));
  EXPECT_THAT(learnt(DialogueMode::kSlidingWindow),
              ElementsAre("cat</s>", "dog</s>", "log</s>", "dog</s>", "log</s>", "log</s>"));
}

TEST_F(DialogueTest, ModesChooseTheContextAndKeepTheSystemMessage) {
  auto messages = three_pairs();
  messages.insert(messages.begin(), {"system", "sat"});
  const auto contexts = [&](DialogueMode mode) {
    std::vector<std::string> out;
    for (const auto& example : encode_dialogue(messages, mode, 200, *tokenizer_).examples) {
      out.push_back(parts(example).first);
    }
    return out;
  };
  const std::string system = "<s> <|system|>\nsat\n";
  const std::string second = "<|user|>\ntwo\n<|assistant|>\n";
  EXPECT_EQ(contexts(DialogueMode::kEachPair)[1], system + second);
  EXPECT_EQ(contexts(DialogueMode::kPrefixTurns)[1],
            system + "<|user|>\none\n<|assistant|>\ncat\n" + second);
  EXPECT_EQ(contexts(DialogueMode::kSlidingWindow)[3], system + second);
}

TEST_F(DialogueTest, PadsAndMasksToTheFullLength) {
  const std::vector<Message> messages = {{"user", "the cat"}, {"assistant", "the dog"}};
  const auto encoded = encode_dialogue(messages, DialogueMode::kFirstPair, 120, *tokenizer_);
  ASSERT_EQ(encoded.examples.size(), 1u);
  const auto& [ids, mask] = encoded.examples[0];
  ASSERT_EQ(ids.size(), 120u);
  ASSERT_EQ(mask.size(), 120u);
  const auto prompt = encode_prompt(std::span(messages).first(1), *tokenizer_);
  EXPECT_TRUE(std::equal(prompt.begin(), prompt.end(), ids.begin()));
  EXPECT_EQ(std::count(mask.begin(), mask.end(), 0), static_cast<long>(prompt.size()));
  EXPECT_TRUE(std::is_sorted(mask.begin(), mask.end()));
  EXPECT_EQ(ids.back(), *tokenizer_->pad());
  EXPECT_EQ(mask.back(), 1);
}

TEST_F(DialogueTest, CutsALongAnswerAndReportsAPromptThatLeavesNoRoom) {
  const std::vector<Message> messages = {{"user", "the cat"}, {"assistant", "the dog sat"}};
  const auto prompt = encode_prompt(std::span(messages).first(1), *tokenizer_);
  const auto one_left = encode_example(messages, prompt.size() + 1, *tokenizer_);
  ASSERT_TRUE(one_left);
  EXPECT_EQ(one_left->ids.size(), prompt.size() + 1);
  EXPECT_EQ(one_left->span_mask.back(), 1);
  EXPECT_NE(one_left->ids.back(), tokenizer_->eos());
  EXPECT_FALSE(encode_example(messages, prompt.size(), *tokenizer_));
  const auto encoded = encode_dialogue(three_pairs(), DialogueMode::kEachPair, 5, *tokenizer_);
  EXPECT_TRUE(encoded.examples.empty());
  EXPECT_EQ(encoded.without_answer, 3);
}

TEST_F(DialogueTest, AnEmptyAnswerTeachesTheEnd) {
  const std::vector<Message> messages = {{"user", "a"}, {"assistant", "  "}};
  EXPECT_EQ(parts(*encode_example(messages, 100, *tokenizer_)).second, "</s>");
}

TEST_F(DialogueTest, AQuestionWithoutAnswerGivesNoExample) {
  const std::vector<Message> messages = {{"user", "a"}};
  const auto encoded = encode_dialogue(messages, DialogueMode::kPrefixTurns, 100, *tokenizer_);
  EXPECT_TRUE(encoded.examples.empty());
  EXPECT_EQ(encoded.without_answer, 0);
}

TEST_F(DialogueTest, RefusesDialoguesOutOfOrder) {
  const auto error = [](std::vector<Message> messages) {
    return error_of<Error>([&] { format_dialogue(messages, *tokenizer_); });
  };
  EXPECT_EQ(error({}), "a dialogue without messages");
  EXPECT_EQ(error({{"user", "a"}, {"bot\n", "b"}}),
            "message 1: expected role \"assistant\", found \"bot\\n\"");
  EXPECT_EQ(error({{"assistant", "a"}}), "message 0: expected role \"user\", found \"assistant\"");
  EXPECT_EQ(error({{"user", "a"}, {"user", "b"}}),
            "message 1: expected role \"assistant\", found \"user\"");
  EXPECT_EQ(error({{"user", "a"}, {"system", "b"}}),
            "message 1: expected role \"assistant\", found \"system\"");
}

TEST_F(DialogueTest, RefusesAPromptThatEndsWithAnAnswerAndAnExampleThatDoesNot) {
  const std::vector<Message> pair = {{"user", "a"}, {"assistant", "b"}};
  EXPECT_EQ(error_of<Error>([&] { format_prompt(pair, *tokenizer_); }),
            "a prompt ends with a user's message, found role \"assistant\"");
  EXPECT_EQ(error_of<Error>([&] { encode_example(std::span(pair).first(1), 9, *tokenizer_); }),
            "a training example ends with an answer");
}

TEST_F(DialogueTest, TrainingNeedsAPaddingToken) {
  TemporaryFolder folder;
  make_small_tokenizer(folder.path());
  const auto unpadded = load_tokenizer(folder.path());
  const std::vector<Message> pair = {{"user", "a"}, {"assistant", "b"}};
  EXPECT_THAT(error_of<Error>([&] { encode_example(pair, 100, *unpadded); }),
              HasSubstr("needs a padding token"));
}

}  // namespace
}  // namespace tess2::text
