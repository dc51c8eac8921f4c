#include "generate/generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "core/error.h"
#include "diffusion/fakes.h"
#include "generate/fakes.h"
#include "text/text_test_support.h"

namespace tess2::generate {
namespace {

using diffusion::testing::EchoDenoiser;
using testing::Each;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::SizeIs;
using text::TokenId;

class GeneratorTest : public testing::Test {
 protected:
  GeneratorTest() {
    settings_.length = 16;
    settings_.session.sampler.steps = 6;
  }

  std::vector<Answer> run(diffusion::Denoiser& denoiser, const std::vector<Prompt>& prompts,
                          const FrameObserver& observe = {}) {
    return Generator(denoiser, *tokenizer_, reward_, settings_).run(prompts, observe);
  }

  Prompt prompt(const std::string& text, std::uint64_t seed = 0) const {
    Prompt prompt{tokenizer_->encode(text), seed};
    prompt.ids.insert(prompt.ids.begin(), tokenizer_->bos());
    return prompt;
  }

  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
  GenerateSettings settings_;
  diffusion::RewardFunction* reward_ = nullptr;
};

TEST_F(GeneratorTest, ReadsTheAnswerUpToItsEnd) {
  const Prompt asked = prompt("the dog");
  const auto size = static_cast<std::int64_t>(asked.ids.size());
  std::vector<TokenId> script = tokenizer_->encode("the cat");
  const std::vector<TokenId> expected = script;
  script.push_back(tokenizer_->eos());
  script.push_back(7);
  ScriptedDenoiser denoiser(size, script);
  const auto answers = run(denoiser, {asked});
  ASSERT_THAT(answers, SizeIs(1));
  EXPECT_EQ(answers[0].text, "the cat");
  EXPECT_EQ(answers[0].ids, expected);
  EXPECT_EQ(answers[0].steps, 6);
  EXPECT_GT(answers[0].seconds, 0.0);
  script.resize(static_cast<std::size_t>(16 - size), *tokenizer_->pad());
  EXPECT_EQ(answers[0].places, script);
}

TEST_F(GeneratorTest, AnEndIsEndOfTextOrPadding) {
  const TokenId eos = tokenizer_->eos();
  const TokenId pad = *tokenizer_->pad();
  EXPECT_THAT(cut_at_end({5, 6, eos, 7}, *tokenizer_), ElementsAre(5, 6));
  EXPECT_THAT(cut_at_end({5, pad, eos}, *tokenizer_), ElementsAre(5));
  EXPECT_THAT(cut_at_end({5, 6}, *tokenizer_), ElementsAre(5, 6));
  EXPECT_THAT(cut_at_end({}, *tokenizer_), ElementsAre());
}

TEST_F(GeneratorTest, AnAnswerDoesNotDependOnTheBatch) {
  std::vector<Prompt> prompts;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    prompts.push_back(prompt(seed % 2 == 0 ? "the dog" : "a small story", seed));
  }
  EchoDenoiser denoiser(kVocabulary);
  const auto together = run(denoiser, prompts);
  ASSERT_THAT(together, SizeIs(8));
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    EXPECT_EQ(run(denoiser, {prompts[i]})[0].places, together[i].places) << "prompt " << i;
  }
  EXPECT_NE(together[0].places, together[2].places) << "seeds 0 and 2 of the same prompt";
}

TEST_F(GeneratorTest, APromptMayBringPlacesOfItsOwn) {
  EchoDenoiser denoiser(kVocabulary);
  Prompt asked = prompt("the dog");
  asked.places = 3;
  Prompt longer{std::vector<TokenId>(40, 5), 0, 2};
  const auto answers = run(denoiser, {asked, longer});
  EXPECT_THAT(answers[0].places, SizeIs(3));
  EXPECT_THAT(answers[1].places, SizeIs(2));
}

TEST_F(GeneratorTest, TheObserverSeesEachStepOfTheFirstPrompt) {
  const Prompt asked = prompt("the dog");
  ScriptedDenoiser denoiser(static_cast<std::int64_t>(asked.ids.size()),
                            tokenizer_->encode("the cat sat"));
  std::vector<std::int64_t> steps;
  std::vector<bool> settled;
  std::string shown;
  run(denoiser, {asked, prompt("a log")}, [&](const CanvasFrame& frame) {
    steps.push_back(frame.step);
    EXPECT_EQ(frame.steps, 6);
    shown.clear();
    for (const CanvasToken& token : frame.tokens) shown += token.text;
    settled.push_back(frame.tokens.front().settled);
  });
  EXPECT_THAT(steps, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(settled, ElementsAre(false, false, false, true, true, true));
  EXPECT_EQ(shown, " the cat sat");
}

TEST_F(GeneratorTest, GuidanceMovesTheAnswerToWhatTheRewardLikes) {
  const TokenId liked = tokenizer_->encode("cat").front();
  TokenReward reward(liked);
  reward_ = &reward;
  EchoDenoiser denoiser(kVocabulary);
  EXPECT_NE(run(denoiser, {prompt("the dog")})[0].ids.front(), liked);
  settings_.session.guidance.scale = 1e7;
  settings_.session.guidance.temperature = 100.0;  // so soft that every token has a gradient
  const auto ids = run(denoiser, {prompt("the dog")})[0].ids;
  EXPECT_THAT(ids, SizeIs(16 - prompt("the dog").ids.size()));
  EXPECT_THAT(ids, Each(liked));
}

TEST_F(GeneratorTest, TheNextAnswersBeginWhileOthersEnd) {
  std::vector<Prompt> prompts;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    prompts.push_back(prompt(seed % 3 == 0 ? "the dog" : "a small story", seed));
  }
  EchoDenoiser denoiser(kVocabulary);
  settings_.session.commitment = {.enabled = true, .stable_steps = 1, .probability = 0.0};
  const auto answers = run(denoiser, prompts);
  ASSERT_THAT(answers, SizeIs(30));
  for (const std::size_t i : {std::size_t{0}, std::size_t{13}, std::size_t{29}}) {
    EXPECT_EQ(run(denoiser, {prompts[i]})[0].places, answers[i].places) << "prompt " << i;
  }
}

TEST_F(GeneratorTest, ACommittedEndIsTheEnd) {
  const Prompt asked = prompt("the dog");
  ScriptedDenoiser denoiser(static_cast<std::int64_t>(asked.ids.size()), {5, tokenizer_->eos(), 7});
  settings_.session.sampler.steps = 40;
  settings_.session.commitment = {.enabled = true, .stable_steps = 2, .probability = 0.9};
  const auto answers = run(denoiser, {asked});
  EXPECT_EQ(answers[0].steps, 3);
  EXPECT_THAT(answers[0].ids, ElementsAre(5));
}

class GeneratorErrors : public GeneratorTest {
 protected:
  std::string usage_error(const std::vector<Prompt>& prompts) {
    EchoDenoiser denoiser(kVocabulary);
    return text::error_of<UsageError>([&] { run(denoiser, prompts); });
  }
};

TEST_F(GeneratorErrors, APromptMustLeaveAPlaceForTheAnswer) {
  EXPECT_EQ(usage_error({prompt("a"), {}}), "prompt 2: it is empty");
  EXPECT_EQ(usage_error({{std::vector<TokenId>(16, 5), 0}}),
            "prompt 1: expected fewer tokens than the canvas (16), found 16; raise `length` or "
            "shorten the prompt");
  EchoDenoiser denoiser(kVocabulary);
  EXPECT_THAT(run(denoiser, {{std::vector<TokenId>(15, 5), 0}})[0].places, SizeIs(1));
  EXPECT_THAT(run(denoiser, {}), SizeIs(0));
}

TEST_F(GeneratorErrors, GuidanceNeedsARewardModel) {
  settings_.session.guidance.scale = 1.0;
  EXPECT_EQ(usage_error({prompt("a")}), "guidance.scale: needs a reward model (--reward-model)");
}

TEST_F(GeneratorErrors, VocabulariesMustBeTheSame) {
  const auto error = [&](std::int64_t vocabulary) {
    EchoDenoiser denoiser(vocabulary);
    return text::error_of<Error>([&] { run(denoiser, {prompt("a")}); });
  };
  EXPECT_EQ(error(99), "tokenizer: expected a vocabulary of 99, found 321");
  TokenReward reward(0, 5);
  reward_ = &reward;
  settings_.session.guidance.scale = 1.0;
  EXPECT_EQ(error(kVocabulary), "reward model: expected a vocabulary of 321, found 5");
}

TEST_F(GeneratorErrors, TheTokenizerMustHavePadding) {
  text::TemporaryFolder folder;
  text::make_small_tokenizer(folder.path());
  tokenizer_ = text::load_tokenizer(folder.path());
  EchoDenoiser denoiser(kVocabulary - 1);
  EXPECT_EQ(text::error_of<Error>([&] { run(denoiser, {prompt("a")}); }),
            "tokenizer: expected a padding token, found none");
}

}  // namespace
}  // namespace tess2::generate
