#include "generate/frames.h"

#include <gtest/gtest.h>

#include "generate/fakes.h"
#include "generate/model_session.h"

namespace tess2::generate {
namespace {

class FramesTest : public testing::Test {
 protected:
  std::unique_ptr<Session> start(diffusion::Denoiser& denoiser, const Layout& layout,
                                 SessionSettings settings = {}) const {
    settings.sampler.steps = 6;
    return ModelSessionHost(denoiser, *tokenizer_, nullptr).start(layout, settings);
  }
  static std::string text_of(const CanvasFrame& frame) {
    std::string text;
    for (const CanvasToken& token : frame.tokens) text += token.text;
    return text;
  }

  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
};

TEST_F(FramesTest, AnAnswerIsShownUpToItsEnd) {
  const auto answer = tokenizer_->encode("cat sat");
  ScriptedDenoiser denoiser(1, answer);
  const auto session =
      start(denoiser, {std::vector<TokenId>(9, 5), {0, 1, 1, 1, 1, 1, 1, 1, 1}, {}});
  session->step();
  const CanvasFrame first = answer_frame(*session, *tokenizer_);
  EXPECT_EQ(first.step, 1);
  EXPECT_EQ(first.steps, 6);
  EXPECT_EQ(text_of(first), " cat sat");
  EXPECT_EQ(first.tokens.size(), answer.size());
  EXPECT_FALSE(first.tokens.front().settled);
  for (int i = 0; i < 3; ++i) session->step();
  EXPECT_TRUE(answer_frame(*session, *tokenizer_).tokens.front().settled);
}

TEST_F(FramesTest, ARunThatEndedEarlyHasNoMoreStepsThanItTook) {
  ScriptedDenoiser denoiser(1, tokenizer_->encode("cat sat"));
  SessionSettings settings;
  settings.until_converged = true;
  const auto session =
      start(denoiser, {std::vector<TokenId>(9, 5), {0, 1, 1, 1, 1, 1, 1, 1, 1}, {}}, settings);
  while (!session->finished()) session->step();
  const CanvasFrame last = answer_frame(*session, *tokenizer_);
  EXPECT_EQ(last.step, 5);
  EXPECT_EQ(last.steps, 5) << "of six that were planned";
}

TEST_F(FramesTest, ATextIsShownWithItsHolesFilled) {
  const InfillCanvas canvas(parse_template("the [[9]] on the [[2]]."), {}, *tokenizer_, 0);
  ScriptedDenoiser denoiser(0, std::vector<TokenId>(64, tokenizer_->encode("cat").front()));
  const auto session = start(denoiser, canvas.layout());
  session->step();
  CanvasFrame frame = infill_frame(*session, canvas, *tokenizer_);
  EXPECT_EQ(text_of(frame), canvas.fill(session->tokens()).text);
  ASSERT_EQ(frame.tokens.size(), 5u);
  EXPECT_TRUE(frame.tokens[0].given);
  EXPECT_FALSE(frame.tokens[1].given);
  EXPECT_FALSE(frame.tokens[1].settled);
  for (int i = 0; i < 3; ++i) session->step();
  EXPECT_TRUE(infill_frame(*session, canvas, *tokenizer_).tokens[1].settled);
}

}  // namespace
}  // namespace tess2::generate
