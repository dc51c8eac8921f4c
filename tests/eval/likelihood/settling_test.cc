#include "eval/likelihood/settling.h"

#include <gtest/gtest.h>

#include <memory>

#include "text/text_test_support.h"

namespace tess2::eval {
namespace {

using generate::Slot;

/// A run whose slots a script tells.
class ScriptedSession final : public generate::Session {
 public:
  ScriptedSession(std::vector<text::TokenId> tokens, std::vector<std::vector<Slot>> steps)
      : tokens_(std::move(tokens)), steps_(std::move(steps)) {}
  bool finished() const override { return taken_ == steps_.size(); }
  void step() override { ++taken_; }
  std::int64_t steps_taken() const override { return static_cast<std::int64_t>(taken_); }
  std::int64_t steps_planned() const override { return std::ssize(steps_); }
  std::span<const text::TokenId> tokens() const override { return tokens_; }
  std::size_t committed() const override { return 0; }
  std::vector<Slot> slots(std::int64_t) const override { return steps_[taken_ - 1]; }

 private:
  std::vector<text::TokenId> tokens_;
  std::vector<std::vector<Slot>> steps_;
  std::size_t taken_ = 0;
};

/// Starts a run of two steps whose tokens are a word, the end, and what follows it; the seed is the
/// step at which the word settles.
class ScriptedHost final : public generate::SessionHost {
 public:
  explicit ScriptedHost(const text::Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  const text::Tokenizer& tokenizer() const override { return tokenizer_; }
  bool can_guide() const override { return false; }
  std::unique_ptr<generate::Session> start(
      const generate::Layout&, const generate::SessionSettings& settings) const override {
    const auto slot = [](float probability, float entropy, std::uint64_t settled_at) {
      Slot made;
      made.probability = probability;
      made.entropy = entropy;
      made.settled_at = static_cast<std::int64_t>(settled_at);
      return made;
    };
    const auto word = tokenizer_.encode("cat").front();
    return std::make_unique<ScriptedSession>(
        std::vector<text::TokenId>{word, tokenizer_.eos(), word},
        std::vector<std::vector<Slot>>{
            {slot(0.25f, 2.0f, 1), slot(0.75f, 1.0f, 1), slot(1.0f, 0.0f, 1)},
            {slot(0.5f, 1.0f, settings.seed), slot(1.0f, 0.5f, 1), slot(1.0f, 0.0f, 2)}});
  }

 private:
  const text::Tokenizer& tokenizer_;
};

class SettlingTest : public testing::Test {
 protected:
  SettlingTest() {
    text::make_small_tokenizer(folder_.path());
    tokenizer_ = text::load_tokenizer(folder_.path());
  }
  std::vector<WatchedAnswer> watch(const std::vector<std::uint64_t>& seeds) const {
    std::vector<WatchedStart> starts;
    for (const std::uint64_t seed : seeds) starts.push_back({{}, seed});
    return watch_answers(ScriptedHost(*tokenizer_), starts, {});
  }

  text::TemporaryFolder folder_;
  std::unique_ptr<text::Tokenizer> tokenizer_;
};

TEST_F(SettlingTest, PlacesCountUpToTheEnd) {
  const auto answers = watch({2});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].ids.size(), 1U);
  EXPECT_EQ(answers[0].steps, 2);
  ASSERT_EQ(answers[0].places.size(), 2U) << "the word and the end token";
  EXPECT_EQ(answers[0].places[0].probability, (std::vector<float>{0.25f, 0.5f}));
  EXPECT_EQ(answers[0].places[0].settled_at, 2);
  EXPECT_EQ(answers[0].places[1].settled_at, 1);
}

TEST_F(SettlingTest, MeansAreOverPlaces) {
  const auto steps = step_estimates(watch({1, 2}), 0);
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_DOUBLE_EQ(steps[0].probability.value, 0.5);
  EXPECT_DOUBLE_EQ(steps[1].probability.value, 0.75);
  EXPECT_DOUBLE_EQ(steps[0].entropy.value, 1.5);
  EXPECT_DOUBLE_EQ(steps[0].settled.value, 0.75) << "one word of two settles at step 2";
  EXPECT_DOUBLE_EQ(steps[1].settled.value, 1.0);
}

TEST_F(SettlingTest, SettleStepsAreToldByShare) {
  const auto found = settle_steps(watch({1, 2, 2, 2}), 0);  // 1 1 1 1 1 2 2 2
  EXPECT_DOUBLE_EQ(found.mean.value, 11.0 / 8.0);
  EXPECT_EQ(found.tenth, 1);
  EXPECT_EQ(found.half, 1);
  EXPECT_EQ(found.nine_tenths, 2);
  EXPECT_EQ(settle_steps({}, 0).half, 0);
}

TEST_F(SettlingTest, ARunThatHasEndedCountsAsItStood) {
  WatchedAnswer shorter{{}, "", 1, {{{0.5f}, {1.0f}, 1}}};
  WatchedAnswer longer{{}, "", 2, {{{0.0f, 1.0f}, {3.0f, 0.0f}, 2}}};
  const auto steps = step_estimates(std::vector{shorter, longer}, 0);
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_DOUBLE_EQ(steps[0].probability.value, 0.25);
  EXPECT_DOUBLE_EQ(steps[1].probability.value, 0.75);
}

}  // namespace
}  // namespace tess2::eval
