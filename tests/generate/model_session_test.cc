#include "generate/model_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "diffusion/convergence.h"
#include "diffusion/fakes.h"
#include "diffusion/whole_run.h"
#include "generate/fakes.h"
#include "tensor/parallel.h"

namespace tess2::generate {
namespace {

using diffusion::testing::EchoDenoiser;
using testing::Each;
using testing::ElementsAre;
using testing::SizeIs;

// As scripted, but for one position that takes another token at each step. Remembers what it saw.
class RestlessDenoiser final : public diffusion::Denoiser {
 public:
  RestlessDenoiser(std::int64_t first, std::vector<TokenId> tokens, std::int64_t restless)
      : scripted_(first, std::move(tokens)), restless_(restless) {}

  std::int64_t vocab_size() const override { return kVocabulary; }

  at::Tensor predict(const diffusion::DenoiserInput& input) override {
    lengths.push_back(input.canvas.length());
    contexts.push_back(input.canvas.ids()[0].masked_select(~input.canvas.span_mask()[0]));
    at::Tensor logits = scripted_.predict(input);
    for (std::int64_t n = 0; n < logits.size(0); ++n) {
      if (input.canvas.row_position(n) != restless_) continue;
      logits[n][5 + std::ssize(lengths) % 2] = 200.0;
    }
    return logits;
  }

  std::vector<std::int64_t> lengths;
  std::vector<at::Tensor> contexts;

 private:
  ScriptedDenoiser scripted_;
  std::int64_t restless_;
};

// As scripted, but for one step (from 0) at which it is sure of padding everywhere behind a
// position.
class ForgetfulDenoiser final : public diffusion::Denoiser {
 public:
  ForgetfulDenoiser(std::int64_t first, std::vector<TokenId> tokens, std::int64_t step,
                    std::int64_t last_kept)
      : scripted_(first, std::move(tokens)), step_(step), last_kept_(last_kept) {}

  std::int64_t vocab_size() const override { return kVocabulary; }

  at::Tensor predict(const diffusion::DenoiserInput& input) override {
    at::Tensor logits = scripted_.predict(input);
    if (taken_++ != step_) return logits;
    for (std::int64_t n = 0; n < logits.size(0); ++n) {
      if (input.canvas.row_position(n) > last_kept_) logits[n][kVocabulary - 1] = 200.0;
    }
    return logits;
  }

 private:
  ScriptedDenoiser scripted_;
  std::int64_t step_;
  std::int64_t last_kept_;
  std::int64_t taken_ = 0;
};

class ModelSessionTest : public testing::Test {
 protected:
  ModelSessionTest() { settings_.sampler.steps = 8; }

  // A prompt of `given` tokens and `places` for the answer.
  static Layout layout(std::size_t given, std::size_t places) {
    Layout layout{std::vector<TokenId>(given + places, 5), std::vector<std::uint8_t>(given, 0), {}};
    layout.span_mask.resize(given + places, 1);
    return layout;
  }

  std::unique_ptr<Session> start(diffusion::Denoiser& denoiser, const Layout& layout,
                                 diffusion::RewardFunction* reward = nullptr) const {
    return ModelSessionHost(denoiser, *tokenizer_, reward).start(layout, settings_);
  }

  static std::vector<TokenId> run(Session& session) {
    while (!session.finished()) session.step();
    return {session.tokens().begin(), session.tokens().end()};
  }

  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
  SessionSettings settings_;
};

TEST_F(ModelSessionTest, WithoutCommitmentItIsTheSamplersRun) {
  EchoDenoiser denoiser(kVocabulary);
  settings_.seed = 4;
  const auto session = start(denoiser, layout(3, 7));
  const auto tokens = run(*session);
  EXPECT_EQ(session->steps_taken(), 8);
  EXPECT_EQ(session->committed(), 0u);

  at::Tensor span = at::ones({1, 10}, at::kBool);
  span.narrow(1, 0, 3).fill_(false);
  const std::vector<std::uint64_t> seeds{4};
  diffusion::Sampling sampling(denoiser, settings_.sampler, nullptr,
                               diffusion::Canvas(at::full({1, 10}, 5, at::kLong), span), seeds);
  const at::Tensor ids = diffusion::testing::finish(sampling).ids;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    EXPECT_EQ(tokens[i], ids[0][static_cast<std::int64_t>(i) + 3].item<std::int64_t>()) << i;
  }
}

TEST_F(ModelSessionTest, TakesPredictionsInHalfPrecision) {
  EchoDenoiser echo(kVocabulary);
  diffusion::testing::RoundingDenoiser in_half(echo, at::kHalf), in_float(echo, at::kFloat);
  Layout places = layout(3, 7);
  places.must_fill.assign(10, 1);
  const auto half = start(in_half, places), single = start(in_float, places);
  EXPECT_EQ(run(*half), run(*single));
  const auto slots = half->slots(4), expected = single->slots(4);
  ASSERT_EQ(slots.size(), expected.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    EXPECT_EQ(slots[i].probability, expected[i].probability);
    EXPECT_NE(slots[i].id, *tokenizer_->pad());
    ASSERT_EQ(slots[i].alternatives.size(), 4u);
    EXPECT_EQ(slots[i].alternatives[3].id, expected[i].alternatives[3].id);
  }
}

TEST_F(ModelSessionTest, ReadsTheCanvasAfterAStep) {
  ScriptedDenoiser denoiser(2, tokenizer_->encode("cat sat"));
  const auto session = start(denoiser, layout(2, 6));
  EXPECT_THAT(session->slots(3), SizeIs(0));
  EXPECT_THAT(session->tokens(), Each(*tokenizer_->pad()));
  for (int i = 0; i < 5; ++i) session->step();
  const auto slots = session->slots(3);
  ASSERT_THAT(slots, SizeIs(6));
  EXPECT_EQ(slots[0].position, 2);
  EXPECT_EQ(slots[0].id, tokenizer_->encode("cat").front());
  EXPECT_EQ(slots[0].text.front(), ' ');
  EXPECT_NEAR(slots[0].probability, 1.0f, 1e-6f);
  EXPECT_NEAR(slots[0].entropy, 0.0f, 1e-6f);
  EXPECT_TRUE(slots[0].settled);
  EXPECT_EQ(slots[0].settled_at, 1);
  ASSERT_THAT(slots[0].alternatives, SizeIs(3));
  for (const Alternative& other : slots[0].alternatives) EXPECT_NE(other.id, slots[0].id);
  EXPECT_THAT(session->slots(0)[0].alternatives, SizeIs(0));
}

TEST_F(ModelSessionTest, CommitsWhatIsStableAndCertainFromTheBeginningOn) {
  ScriptedDenoiser denoiser(2, tokenizer_->encode("cat sat"));
  settings_.commitment = {.enabled = true, .stable_steps = 3, .probability = 0.9};
  const auto session = start(denoiser, layout(2, 6));
  for (int i = 0; i < 3; ++i) session->step();
  EXPECT_EQ(session->committed(), 0u);
  session->step();
  EXPECT_EQ(session->committed(), 6u) << "all were certain from the first step on";
  EXPECT_TRUE(session->finished()) << "nothing is left to denoise";
  EXPECT_EQ(session->steps_taken(), 4);
  const auto slots = session->slots(2);
  ASSERT_THAT(slots, SizeIs(6));
  EXPECT_TRUE(slots[5].settled);
  EXPECT_THAT(slots[5].alternatives, SizeIs(2));
}

TEST_F(ModelSessionTest, WhatIsCommittedDoesNotChange) {
  EchoDenoiser denoiser(kVocabulary);
  settings_.sampler.steps = 40;
  settings_.commitment = {.enabled = true, .stable_steps = 1, .probability = 0.0};
  const auto session = start(denoiser, layout(2, 12));
  std::vector<TokenId> committed;
  std::size_t at_first_commitment = 0;
  while (!session->finished()) {
    session->step();
    const auto tokens = session->tokens();
    const auto fixed = tokens.first(session->committed());
    ASSERT_GE(fixed.size(), committed.size());
    EXPECT_TRUE(std::equal(committed.begin(), committed.end(), fixed.begin()));
    if (committed.empty()) at_first_commitment = fixed.size();
    committed.assign(fixed.begin(), fixed.end());
  }
  EXPECT_GT(committed.size(), at_first_commitment) << "commitment went on";
}

TEST_F(ModelSessionTest, FreezesTextThatHasSettledAnywhere) {
  const std::vector<TokenId> script{9, 10, 11, 12};
  RestlessDenoiser denoiser(2, script, 3);
  settings_.commitment = {
      .enabled = true, .place = CommitmentPlace::kAnywhere, .stable_steps = 3, .probability = 0.9};
  const auto session = start(denoiser, layout(2, 6));
  const auto tokens = run(*session);
  EXPECT_EQ(session->steps_taken(), 8) << "one slot never settles";
  EXPECT_EQ(session->committed(), 1U) << "the slots before the restless one";
  EXPECT_THAT(denoiser.lengths, Each(8)) << "frozen tokens stay on the canvas";
  EXPECT_EQ(denoiser.contexts[3].numel(), 2);
  ASSERT_EQ(denoiser.contexts[4].numel(), 5) << "all text but the restless slot is context";
  EXPECT_EQ(denoiser.contexts[4][2].item<std::int64_t>(), 9);
  EXPECT_EQ(denoiser.contexts[4][3].item<std::int64_t>(), 11);
  EXPECT_EQ(denoiser.contexts[4][4].item<std::int64_t>(), 12);
  EXPECT_EQ(denoiser.contexts[7].numel(), 5) << "padding is not committed behind an open slot";
  EXPECT_EQ(tokens[1], 5) << "the restless one, as of the last step";
  const auto slots = session->slots(1);
  ASSERT_THAT(slots, SizeIs(6));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    EXPECT_EQ(slots[i].settled, i != 1) << i;
    EXPECT_EQ(slots[i].position, static_cast<std::int64_t>(i) + 2);
    EXPECT_THAT(slots[i].alternatives, SizeIs(1));
  }
}

TEST_F(ModelSessionTest, FromTheBeginningOnNothingBehindARestlessSlotIsCommitted) {
  RestlessDenoiser denoiser(2, tokenizer_->encode("cat sat"), 3);
  settings_.commitment = {.enabled = true, .stable_steps = 3, .probability = 0.9};
  const auto session = start(denoiser, layout(2, 6));
  run(*session);
  EXPECT_EQ(session->committed(), 1U);
  EXPECT_EQ(denoiser.contexts.back().numel(), 3);
}

TEST_F(ModelSessionTest, TheCanvasEndsBehindASettledEnd) {
  std::vector<TokenId> script = tokenizer_->encode("cat sat");
  const auto words = std::ssize(script);
  script.push_back(tokenizer_->eos());
  RestlessDenoiser plain(2, script, 2);
  const auto expected = run(*start(plain, layout(2, 12)));
  RestlessDenoiser denoiser(2, script, 2);
  settings_.shrink = true;
  const auto session = start(denoiser, layout(2, 12));
  EXPECT_EQ(run(*session), expected) << "the places that are gone are read as they stood";
  EXPECT_EQ(session->steps_taken(), 8);
  std::vector<std::int64_t> lengths(4, 14);
  lengths.resize(8, 2 + words + 1);
  EXPECT_EQ(denoiser.lengths, lengths) << "the end itself stays";
  const auto slots = session->slots(0);
  ASSERT_THAT(slots, SizeIs(12));
  EXPECT_EQ(slots[11].position, 13);
  EXPECT_EQ(slots[11].id, *tokenizer_->pad());
  EXPECT_TRUE(slots[11].settled);
  EXPECT_FALSE(slots[0].settled);
  EXPECT_EQ(session->committed(), 0U) << "the beginning has not settled";
}

TEST_F(ModelSessionTest, TheCanvasKeepsAnUnsettledEndAndGivenTextBehind) {
  settings_.shrink = true;
  RestlessDenoiser restless(2, {5, 6, 7}, 7);
  run(*start(restless, layout(2, 6)));
  EXPECT_THAT(restless.lengths, Each(8)) << "text stands in the last place";
  RestlessDenoiser followed(2, {5, 6}, 2);
  Layout given_behind = layout(2, 6);
  given_behind.span_mask.back() = 0;
  run(*start(followed, given_behind));
  EXPECT_THAT(followed.lengths, Each(8)) << "given text ends the canvas";
  settings_.commitment.probability = 1.0;
  settings_.commitment.stable_steps = 8;
  RestlessDenoiser unsettled(2, {5, 6}, 2);
  run(*start(unsettled, layout(2, 6)));
  EXPECT_THAT(unsettled.lengths, Each(8)) << "no token stays for so long";
}

TEST_F(ModelSessionTest, AFrozenAnswerOnAShortCanvasIsDone) {
  ScriptedDenoiser denoiser(2, tokenizer_->encode("cat sat"));
  settings_.shrink = true;
  settings_.commitment = {.enabled = true, .place = CommitmentPlace::kAnywhere};
  const auto session = start(denoiser, layout(2, 6));
  run(*session);
  EXPECT_EQ(session->steps_taken(), 4);
  EXPECT_EQ(session->committed(), 6U);
}

TEST_F(ModelSessionTest, StopsOnceConverged) {
  ScriptedDenoiser denoiser(2, tokenizer_->encode("cat sat"));
  settings_.sampler.steps = 50;
  settings_.until_converged = true;
  const auto session = start(denoiser, layout(2, 6));
  run(*session);
  EXPECT_EQ(session->steps_taken(), 1 + diffusion::ConvergenceSettings{}.stable_steps);
  EXPECT_EQ(session->steps_planned(), 20) << "of a schedule that is left early";
}

TEST_F(ModelSessionTest, WritesAnAnswerBlockByBlock) {
  RestlessDenoiser denoiser(2, {9, 10, 11, 12}, 4);
  settings_.sampler.steps = 9;
  settings_.block_length = 2;
  const auto session = start(denoiser, layout(2, 6));
  EXPECT_EQ(session->steps_planned(), 9);
  std::vector<std::size_t> committed;
  while (!session->finished()) {
    session->step();
    committed.push_back(session->committed());
    EXPECT_THAT(session->slots(1), SizeIs(6));
    EXPECT_FALSE(session->slots(0)[5].settled) << "behind the block";
  }
  EXPECT_THAT(committed, ElementsAre(0, 0, 2, 2, 2, 2))
      << "blocks of three steps; behind the second the answer has ended";
  std::vector<std::int64_t> given;
  for (const at::Tensor& context : denoiser.contexts) given.push_back(context.numel());
  EXPECT_THAT(given, ElementsAre(2, 2, 2, 4, 4, 4));
  EXPECT_EQ(denoiser.contexts.back()[2].item<std::int64_t>(), 9);
  EXPECT_THAT(session->tokens().first(2), ElementsAre(9, 10));
}

TEST_F(ModelSessionTest, EachBlockBeginsAsPureNoise) {
  EchoDenoiser denoiser(kVocabulary);
  settings_.sampler.steps = 4;
  settings_.block_length = 3;
  const auto session = start(denoiser, layout(2, 6));
  run(*session);
  ASSERT_THAT(denoiser.times, SizeIs(4));
  EXPECT_EQ(denoiser.times[2], denoiser.times[0]);
  EXPECT_EQ(denoiser.times[3], denoiser.times[1]);
  EXPECT_TRUE(denoiser.previous[1].defined());
  EXPECT_FALSE(denoiser.previous[2].defined()) << "no earlier prediction";
  EXPECT_FALSE(denoiser.simplexes[2].equal(denoiser.simplexes[0].narrow(0, 3, 3)))
      << "noise of its own";
}

TEST_F(ModelSessionTest, ABlockEndsOnceItHasConvergedOrIsCommitted) {
  const std::vector<TokenId> script{9, 10, 11, 12, 13};
  settings_.sampler.steps = 40;
  settings_.block_length = 3;
  settings_.until_converged = true;
  RestlessDenoiser converging(2, script, 6);
  const auto converged = start(converging, layout(2, 6));
  run(*converged);
  const std::int64_t first = 1 + diffusion::ConvergenceSettings{}.stable_steps;
  EXPECT_EQ(converged->steps_planned(), 40);
  EXPECT_EQ(converged->steps_taken(), first + 20) << "the second block never converges";
  settings_.until_converged = false;
  settings_.commitment = {.enabled = true, .stable_steps = 3, .probability = 0.9};
  RestlessDenoiser committing(2, script, 6);
  const auto committed = start(committing, layout(2, 6));
  for (int i = 0; i < 4; ++i) committed->step();
  EXPECT_EQ(committed->committed(), 3U) << "what lies behind the block is not, though as settled";
  committed->step();
  EXPECT_EQ(committed->committed(), 3U) << "it settles anew in its own block";
  run(*committed);
  EXPECT_EQ(committed->steps_taken(), 4 + 20);
}

TEST_F(ModelSessionTest, ABlockThatEndsEarlyDoesNotTakeThePassingSightOfAnEndForOne) {
  const std::vector<TokenId> script{9, 10, 11, 12, 13};
  settings_.sampler.steps = 40;
  settings_.block_length = 3;
  settings_.commitment = {.enabled = true, .stable_steps = 3, .probability = 0.9};
  ForgetfulDenoiser denoiser(2, script, 3, 4);  // in the step that commits the first block
  const auto session = start(denoiser, layout(2, 6));
  for (int i = 0; i < 4; ++i) session->step();
  EXPECT_EQ(session->committed(), 3U);
  EXPECT_FALSE(session->finished());
  EXPECT_THAT(run(*session), ElementsAre(9, 10, 11, 12, 13, *tokenizer_->pad()));
}

TEST_F(ModelSessionTest, WhereTextIsNeededNothingEnds) {
  ScriptedDenoiser denoiser(2, {});  // sure of padding everywhere
  Layout needs_text = layout(2, 4);
  needs_text.must_fill = {0, 0, 1, 0, 1, 0};
  const auto tokens = run(*start(denoiser, needs_text));
  const TokenId pad = *tokenizer_->pad();
  EXPECT_EQ(tokens[1], pad);
  EXPECT_EQ(tokens[3], pad);
  for (const std::size_t i : {0u, 2u}) {
    EXPECT_NE(tokens[i], pad);
    EXPECT_NE(tokens[i], tokenizer_->eos());
    EXPECT_NE(tokens[i], tokenizer_->bos());
  }
}

TEST_F(ModelSessionTest, SessionsSteppedTogetherAreWhatEachIsAlone) {
  EchoDenoiser alone_denoiser(kVocabulary);
  std::vector<std::vector<TokenId>> alone;
  std::vector<EchoDenoiser> denoisers(5, EchoDenoiser(kVocabulary));
  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<Session*> together;
  for (std::size_t i = 0; i < denoisers.size(); ++i) {
    settings_.seed = i;
    alone.push_back(run(*start(alone_denoiser, layout(2, 4 + i))));
    sessions.push_back(start(denoisers[i], layout(2, 4 + i)));
    together.push_back(sessions.back().get());
  }
  while (!together.front()->finished()) step_together(together);
  for (std::size_t i = 0; i < sessions.size(); ++i) {
    EXPECT_THAT(sessions[i]->tokens(), testing::ElementsAreArray(alone[i])) << i;
  }
}

TEST_F(ModelSessionTest, ManySessionsRunToTheirEndsFewAtATime) {
  EchoDenoiser denoiser(kVocabulary);
  std::vector<std::size_t> ended;
  std::size_t alive = 0;
  std::size_t most = 0;
  SessionJobs jobs;
  jobs.start = [&](std::size_t i) {
    most = std::max(most, ++alive);
    settings_.sampler.steps = 1 + static_cast<std::int64_t>(i) % 5;
    return start(denoiser, layout(2, 4));
  };
  jobs.stepped = [](std::size_t i, const Session& session) {
    return i == 4 && session.steps_taken() == 2;
  };
  jobs.ended = [&](std::size_t i, const Session& session) {
    --alive;
    ended.push_back(i);
    EXPECT_EQ(session.steps_taken(), i == 4 ? 2 : 1 + static_cast<std::int64_t>(i) % 5) << i;
  };
  const int threads = tensor::parallelism();
  tensor::set_parallelism(1);
  run_sessions(20, jobs);
  tensor::set_parallelism(threads);
  EXPECT_EQ(most, 2U);
  EXPECT_EQ(alive, 0U);
  std::ranges::sort(ended);
  std::vector<std::size_t> all(20);
  std::iota(all.begin(), all.end(), std::size_t{0});
  EXPECT_EQ(ended, all);
}

TEST_F(ModelSessionTest, RefusesWhatCannotBeDenoised) {
  EchoDenoiser denoiser(kVocabulary);
  EXPECT_EQ(text::error_of<UsageError>([&] { start(denoiser, layout(4, 0)); }),
            "canvas: expected a place for an answer, found none");
  Layout outside = layout(2, 2);
  outside.ids[0] = static_cast<TokenId>(kVocabulary);
  EXPECT_EQ(text::error_of<Error>([&] { start(denoiser, outside); }),
            "token ids: expected 0 to 320, found 321");
  settings_.guidance.scale = 1.0;
  EXPECT_EQ(text::error_of<UsageError>([&] { start(denoiser, layout(2, 2)); }),
            "guidance.scale: needs a reward model (--reward-model)");
  settings_.guidance.scale = 0.0;
  settings_.sampler.prompt_cache = 2;
  EXPECT_EQ(text::error_of<UsageError>([&] { start(denoiser, layout(2, 2)); }),
            "prompt_cache: needs a packed model (tess2 quantize)");
}

// What the prompt's keys and values are kept for is tested with the engine; here, that the drift
// which a denoiser notes comes through.
class DriftingDenoiser final : public diffusion::Denoiser {
 public:
  std::int64_t vocab_size() const override { return kVocabulary; }
  bool keeps_context() const override { return true; }
  at::Tensor predict(const diffusion::DenoiserInput& input) override {
    for (auto& context : input.contexts) context.note_renewal(1.0, 16.0);
    return echo_.predict(input);
  }

 private:
  EchoDenoiser echo_{kVocabulary};
};

TEST_F(ModelSessionTest, TellsHowFarAKeptPromptHadMoved) {
  DriftingDenoiser denoiser;
  EXPECT_FALSE(start(denoiser, layout(2, 2))->prompt_drift());
  settings_.sampler.prompt_cache = 2;
  Layout text_only = layout(2, 2);
  text_only.must_fill = {0, 0, 1, 0};
  for (const Layout& canvas : {layout(2, 2), text_only}) {
    const auto session = start(denoiser, canvas);
    EXPECT_FALSE(session->prompt_drift()) << "no step yet";
    session->step();
    EXPECT_DOUBLE_EQ(session->prompt_drift().value(), 0.25);
  }
}

TEST_F(ModelSessionTest, GuidanceChangesTheAnswer) {
  const TokenId liked = tokenizer_->encode("cat").front();
  TokenReward reward(liked);
  EchoDenoiser denoiser(kVocabulary);
  settings_.guidance.scale = 1e7;
  settings_.guidance.temperature = 100.0;
  EXPECT_THAT(run(*start(denoiser, layout(2, 4), &reward)), Each(liked));
}

}  // namespace
}  // namespace tess2::generate
