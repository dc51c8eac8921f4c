#include "app/chat_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <sstream>

#include "core/log.h"
#include "generate/fakes.h"
#include "generate/model_session.h"
#include "support/temporary_folder.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;
using text::Message;

// Answers every question with the same text, and remembers how long the prompts were.
class SameAnswer final : public diffusion::Denoiser {
 public:
  explicit SameAnswer(std::vector<text::TokenId> answer) : answer_(std::move(answer)) {}

  std::int64_t vocab_size() const override { return generate::kVocabulary; }

  at::Tensor predict(const diffusion::DenoiserInput& input) override {
    prompt_lengths.push_back(input.canvas.row_position(0));
    at::Tensor logits = at::zeros({input.canvas.row_count(), generate::kVocabulary});
    for (std::int64_t n = 0; n < logits.size(0); ++n) {
      const bool text = n < std::ssize(answer_);
      const std::int64_t token =
          text ? answer_[static_cast<std::size_t>(n)] : generate::kVocabulary - 1;
      logits[n][token] = 100.0;
    }
    if (on_predict) on_predict();
    return logits;
  }

  std::vector<std::int64_t> prompt_lengths;
  std::function<void()> on_predict;

 private:
  std::vector<text::TokenId> answer_;
};

class ChatTest : public testing::Test {
 protected:
  ChatTest() {
    set_log_level(LogLevel::kInfo);
    settings_.session.sampler.steps = 3;
  }

  // Runs a chat over `lines`; what it said is in `out_` and `messages_`.
  std::vector<Message> talk(std::deque<std::string> lines) {
    const generate::ModelSessionHost host(denoiser_, *tokenizer_, nullptr);
    const auto read_line = [&lines]() -> std::optional<std::string> {
      if (lines.empty()) return std::nullopt;
      std::string line = lines.front();
      lines.pop_front();
      return line;
    };
    Chat chat(host, settings_, length_, {read_line, out_, terminal_, interrupted_});
    testing::internal::CaptureStderr();
    chat.run();
    said_ = testing::internal::GetCapturedStderr();
    left_ = lines.size();
    return chat.messages();
  }

  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
  SameAnswer denoiser_{tokenizer_->encode("the cat")};
  ChatSettings settings_;
  std::int64_t length_ = 128;
  Terminal terminal_;
  std::atomic<bool> interrupted_{false};
  std::ostringstream out_;
  std::string said_;
  std::size_t left_ = 0;
};

TEST_F(ChatTest, AnswersAndRemembers) {
  const auto messages = talk({"who?", "", "and now?"});
  EXPECT_EQ(out_.str(), "the cat\nthe cat\n");
  const std::vector<Message> expected{
      {"user", "who?"}, {"assistant", "the cat"}, {"user", "and now?"}, {"assistant", "the cat"}};
  EXPECT_EQ(messages, expected);
  EXPECT_EQ(denoiser_.prompt_lengths.front(),
            std::ssize(text::encode_prompt(std::span(expected).first(1), *tokenizer_)));
  EXPECT_EQ(denoiser_.prompt_lengths.back(),
            std::ssize(text::encode_prompt(std::span(expected).first(3), *tokenizer_)));
  EXPECT_THAT(said_, HasSubstr("3 steps, "));
  EXPECT_THAT(said_, HasSubstr(" tokens, seed 0\n"));
  EXPECT_THAT(said_, HasSubstr(" tokens, seed 1\n"));
}

TEST_F(ChatTest, QuitLeavesTheRestUnread) {
  talk({"/quit", "who?"});
  EXPECT_EQ(left_, 1u);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(ChatTest, ABackslashGoesOnInTheNextLine) {
  const auto messages = talk({"one\\", "two\\", "three"});
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].content, "one\ntwo\nthree");
}

TEST_F(ChatTest, CommandsChangeTheNextAnswer) {
  talk({"/steps 7", "/seed 41", "a", "/set temperature=0.5", "/steps auto", "b", "c"});
  EXPECT_THAT(said_, HasSubstr("7 steps, "));
  EXPECT_THAT(said_, HasSubstr("seed 41\n"));
  EXPECT_THAT(said_, HasSubstr("5 steps, ")) << "a certain answer converges at once";
  EXPECT_THAT(said_, HasSubstr("seed 43\n"));
}

TEST_F(ChatTest, UndoTakesBackRetryAnswersAgain) {
  EXPECT_EQ(talk({"a", "b", "/undo"}).size(), 2u);
  EXPECT_EQ(talk({"a", "b", "/retry"}).size(), 4u);
  EXPECT_THAT(said_, HasSubstr("seed 2\n"));
  EXPECT_EQ(talk({"a", "/clear"}).size(), 0u);
}

TEST_F(ChatTest, MistakesAreToldAndDoNotEndIt) {
  talk({"/stpes 3", "/steps x", "/steps 0", "/seed -1", "/set stps=3", "/undo now", "/undo",
        "/retry", "/save", "/save /no/such/folder/x", "who?"});
  for (const char* expected :
       {"unknown command /stpes (did you mean /steps?); /help lists them",
        "/steps: expected integer >= 1 or auto, found x", "/steps: expected integer >= 1, found 0",
        "/seed: expected a number from 0 on, or random, found -1", "did you mean steps?",
        "/undo: expected nothing behind it, found now", "/undo: nothing was asked yet",
        "/retry: nothing was answered yet", "/save: expected a file, found nothing",
        "/save: nothing was asked yet"}) {
    EXPECT_THAT(said_, HasSubstr(expected));
  }
  EXPECT_EQ(out_.str(), "the cat\n");
}

TEST_F(ChatTest, AFullCanvasLeavesOutTheOldestTurns) {
  length_ = 80;
  const auto messages = talk({"the dog sat on the mat", "the dog sat on the mat", "the dog"});
  EXPECT_EQ(messages.size(), 6u) << "nothing is forgotten";
  EXPECT_THAT(said_, HasSubstr("the canvas of 80 tokens is full: the first "));
  for (const std::int64_t length : denoiser_.prompt_lengths) EXPECT_LT(length, 80 - 15);
}

TEST_F(ChatTest, AMessageLongerThanTheCanvasIsRefused) {
  length_ = 20;
  EXPECT_TRUE(talk({"the dog sat on the mat and the cat sat on the log"}).empty());
  EXPECT_THAT(said_, HasSubstr("the message: expected fewer tokens than the canvas (20), found"));
}

TEST_F(ChatTest, AnInterruptStopsTheAnswerAndNotTheChat) {
  bool first = true;
  denoiser_.on_predict = [&] { interrupted_ = std::exchange(first, false); };
  const auto messages = talk({"a", "b"});
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].content, "b");
  EXPECT_THAT(said_, HasSubstr("stopped; the question is forgotten"));
}

TEST_F(ChatTest, SavesTheDialogueOnce) {
  const test_support::TemporaryFolder folder;
  const std::string file = (folder.path() / "dialogue.jsonl").string();
  settings_.system = "be kind";
  talk({"who?", "/save " + file, "/save " + file});
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(text,
            "{\"messages\":[{\"role\":\"system\",\"content\":\"be kind\"},"
            "{\"role\":\"user\",\"content\":\"who?\"},"
            "{\"role\":\"assistant\",\"content\":\"the cat\"}]}\n");
  EXPECT_THAT(said_, HasSubstr("is there already; choose another name"));
}

TEST_F(ChatTest, OnATerminalTheCanvasIsShown) {
  terminal_ = {true, 60, 20};
  talk({"who?"});
  EXPECT_THAT(out_.str(), HasSubstr("step 1/3"));
  EXPECT_TRUE(out_.str().ends_with("the cat\n"));
}

}  // namespace
}  // namespace tess2::app
