#include "eval/answerer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "core/error.h"
#include "diffusion/fakes.h"
#include "eval/tiny_config.h"
#include "text/text_test_support.h"

namespace tess2::eval {
namespace {

using testing::SizeIs;

TEST(PromptSeed, TheFirstPromptHasTheSeedItself) {
  EXPECT_EQ(prompt_seed(7, 0), 7U);
}

TEST(PromptSeed, TheOthersHaveSeedsThatCanBeGivenAgain) {
  std::set<std::uint64_t> seeds;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint64_t seed = prompt_seed(7, i);
    EXPECT_LE(seed, static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    seeds.insert(seed);
  }
  EXPECT_THAT(seeds, SizeIs(1000));
  EXPECT_NE(prompt_seed(7, 1), prompt_seed(8, 1));
}

model::CausalLM make_causal(const text::Tokenizer& tokenizer) {
  const model::Config config = tiny_config(model::ModelKind::kCausal, tokenizer);
  return {config, model::make_weights(config, 3)};
}

class CausalAnswererTest : public testing::Test {
 protected:
  std::vector<Reply> answer(const std::vector<generate::Prompt>& prompts) {
    return CausalAnswerer(lm_, *tokenizer_, settings_).answer(prompts);
  }

  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
  model::CausalLM lm_ = make_causal(*tokenizer_);
  CausalAnswerSettings settings_{12, std::nullopt, {}};
};

TEST_F(CausalAnswererTest, RepliesAreWhatTheModelGenerates) {
  const generate::Prompt prompt{{1, 5, 6}, 11};
  const auto all = lm_.generate({1, 5, 6}, {9, {}, 11, {tokenizer_->eos()}});
  const auto replies = answer({prompt, prompt});
  ASSERT_THAT(replies, SizeIs(2));
  const std::vector<text::TokenId> expected(all.begin() + 3, all.end());
  EXPECT_EQ(replies[0].ids, generate::cut_at_end(expected, *tokenizer_));
  EXPECT_EQ(replies[0].text, tokenizer_->decode(replies[0].ids));
  EXPECT_EQ(replies[0].steps, std::ssize(expected));
  EXPECT_EQ(replies[1].ids, replies[0].ids);
}

TEST_F(CausalAnswererTest, TheReplyFillsTheLengthOrTakesTheTokensAllowed) {
  settings_.projection.top_p = 0.0;
  EXPECT_EQ(answer({{{1, 5, 6}, 0}})[0].steps, 9);
  settings_.max_new_tokens = 4;
  EXPECT_EQ(answer({{{1, 5, 6}, 0}})[0].steps, 4);
  EXPECT_EQ(answer({{std::vector<text::TokenId>(40, 5), 0}})[0].steps, 4);
}

TEST_F(CausalAnswererTest, APromptMayBringPlacesOfItsOwn) {
  settings_.projection.top_p = 0.0;
  EXPECT_EQ(answer({{{1, 5, 6}, 0, 3}})[0].steps, 3);
  EXPECT_EQ(answer({{std::vector<text::TokenId>(40, 5), 0, 5}})[0].steps, 5);
}

TEST_F(CausalAnswererTest, APromptMustLeaveAPlaceForTheReply) {
  EXPECT_EQ(text::error_of<UsageError>([&] {
              answer({{{1}, 0}, {{}, 0}});
            }),
            "prompt 2: it is empty");
  EXPECT_EQ(text::error_of<UsageError>([&] {
              answer({{std::vector<text::TokenId>(12, 5), 0}});
            }),
            "prompt 1: expected fewer tokens than `length` (12), found 12; raise `length` or "
            "shorten the prompt");
}

TEST(DiffusionAnswerer, RepliesAreTheGeneratorsAnswers) {
  const auto tokenizer = text::small_padded_tokenizer();
  diffusion::testing::EchoDenoiser denoiser(tokenizer->vocab_size());
  generate::GenerateSettings settings;
  settings.length = 10;
  settings.session.sampler.steps = 3;
  generate::Generator generator(denoiser, *tokenizer, nullptr, settings);
  const std::vector<generate::Prompt> prompts{{{1, 5}, 4}, {{1, 6}, 5}};
  const auto answers = generator.run(prompts);
  const auto replies = DiffusionAnswerer(generator).answer(prompts);
  ASSERT_THAT(replies, SizeIs(2));
  for (std::size_t i = 0; i < replies.size(); ++i) {
    EXPECT_EQ(replies[i].ids, answers[i].ids);
    EXPECT_EQ(replies[i].text, answers[i].text);
    EXPECT_EQ(replies[i].steps, 3);
  }
}

}  // namespace
}  // namespace tess2::eval
