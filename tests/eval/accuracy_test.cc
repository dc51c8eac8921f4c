#include "eval/accuracy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "eval/tiny_config.h"
#include "text/text_test_support.h"

namespace tess2::eval {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TEST(Share, WilsonIntervalsAreAsTabulated) {
  // 8 of 10: (0.4902, 0.9433), Agresti and Coull's example of the score interval.
  const Interval some = Share{8, 10}.interval();
  EXPECT_NEAR(some.low, 0.4902, 1e-4);
  EXPECT_NEAR(some.high, 0.9433, 1e-4);
  const Interval none = Share{0, 10}.interval();
  EXPECT_EQ(none.low, 0.0);
  EXPECT_NEAR(none.high, 0.2775, 1e-4);
  const Interval all = Share{10, 10}.interval();
  EXPECT_NEAR(all.low, 1 - none.high, 1e-12);
  EXPECT_DOUBLE_EQ(all.high, 1.0);
}

TEST(Share, OfNothingSaysNothing) {
  EXPECT_EQ(Share{}.rate(), 0.0);
  EXPECT_EQ(Share{}.interval().low, 0.0);
  EXPECT_EQ(Share{}.interval().high, 1.0);
}

// Replies with given texts, and remembers how it was asked.
class ListAnswerer final : public Answerer {
 public:
  explicit ListAnswerer(std::vector<std::string> texts) : texts_(std::move(texts)) {}

  std::vector<Reply> answer(const std::vector<generate::Prompt>& prompts) override {
    batches.push_back(prompts.size());
    std::vector<Reply> replies;
    for (const auto& prompt : prompts) {
      replies.push_back({{}, texts_.at(asked.size()), 5});
      asked.push_back(prompt);
    }
    return replies;
  }

  std::vector<std::size_t> batches;
  std::vector<generate::Prompt> asked;

 private:
  std::vector<std::string> texts_;
};

Question question(const std::string& task, const std::string& answer) {
  return {task, {{"user", "give " + answer}}, answer, {"q.jsonl", 1}};
}

class EvaluateTest : public testing::Test {
 protected:
  Evaluation run() { return evaluate(questions_, answerer_, *tokenizer_, options_); }

  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
  std::vector<Question> questions_{question("sort", "a b"), question("copy", "cat"),
                                   question("copy", "dog"), question("addition", "12"),
                                   question("sort", "c d")};
  ListAnswerer answerer_{{"a b", "cat", "log", "9 + 3 = 12", "d c"}};
  EvalOptions options_{.batch = 2, .length = 64, .seed = 7};
};

TEST_F(EvaluateTest, CountsRightRepliesByTask) {
  const auto [outcomes, summary] = run();
  std::vector<bool> right;
  for (const Outcome& outcome : outcomes) right.push_back(outcome.right);
  EXPECT_THAT(right, ElementsAre(true, true, false, true, false));
  EXPECT_EQ(outcomes[2].reply.text, "log");
  EXPECT_EQ(outcomes[2].question.answer, "dog");
  EXPECT_EQ(summary.all.answers.right, 3);
  EXPECT_EQ(summary.all.answers.total, 5);
  std::vector<std::string> order;
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> tasks;
  for (const auto& [task, score] : summary.tasks) {
    order.push_back(task);
    tasks[task] = {score.answers.right, score.answers.total};
  }
  EXPECT_THAT(order, ElementsAre("sort", "copy", "addition"));
  EXPECT_EQ(tasks["sort"], std::pair(1L, 2L));
  EXPECT_EQ(tasks["copy"], std::pair(1L, 2L));
  EXPECT_EQ(tasks["addition"], std::pair(1L, 1L));
  EXPECT_FALSE(summary.mean_reward);
  EXPECT_GE(summary.seconds, 0.0);
}

TEST_F(EvaluateTest, AsksInBatchesWithSeedsOfTheirOwn) {
  std::vector<std::int64_t> done;
  options_.on_batch = [&](std::int64_t count) { done.push_back(count); };
  const auto outcomes = run().outcomes;
  EXPECT_THAT(answerer_.batches, ElementsAre(2, 2, 1));
  EXPECT_THAT(done, ElementsAre(2, 4, 5));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(answerer_.asked[i].seed, prompt_seed(7, i));
    EXPECT_EQ(outcomes[i].seed, prompt_seed(7, i));
    EXPECT_EQ(answerer_.asked[i].ids, encode_question(questions_[i], 64, *tokenizer_));
  }
}

TEST_F(EvaluateTest, TheMeanRewardIsOverAllReplies) {
  options_.scorer = [](const Question& asked, const Reply& reply) {
    return asked.task == "copy" ? static_cast<double>(reply.text.size()) : 0.0;
  };
  const auto [outcomes, summary] = run();
  EXPECT_EQ(outcomes[1].reward, 3.0);
  EXPECT_EQ(outcomes[3].reward, 0.0);
  EXPECT_DOUBLE_EQ(summary.mean_reward.value(), 6.0 / 5.0);
}

TEST_F(EvaluateTest, AQuestionThatIsTooLongIsToldBeforeTheFirstIsAsked) {
  questions_.push_back(question("copy", std::string(200, 'x')));
  EXPECT_THAT(text::error_of<FormatError>([&] { run(); }), HasSubstr("fewer tokens than"));
  EXPECT_THAT(answerer_.asked, SizeIs(0));
}

TEST(RewardScorer, ScoresTheDialogueOfQuestionAndReply) {
  const auto tokenizer = text::small_padded_tokenizer();
  const model::Config config = tiny_config(model::ModelKind::kReward, *tokenizer);
  const model::RewardModel model(config, model::make_weights(config, 5));
  const Question asked = question("copy", "cat");
  const auto ids = tokenizer->encode("<|user|>\ngive cat\n<|assistant|>\na dog</s>\n");
  const double expected = model.score(at::tensor(ids, at::kLong).unsqueeze(0)).item<double>();
  EXPECT_EQ(reward_scorer(model, *tokenizer)(asked, {{}, "a dog", 0}), expected);
  EXPECT_NE(reward_scorer(model, *tokenizer)(asked, {{}, "a cat", 0}), expected);
}

}  // namespace
}  // namespace tess2::eval
