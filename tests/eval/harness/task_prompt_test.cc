#include "eval/harness/task_prompt.h"

#include <gtest/gtest.h>

#include "eval/harness/harness_test_support.h"

namespace tess2::eval {
namespace {

class TaskPromptTest : public HarnessTest {
 protected:
  TaskPromptTest() {
    task_.file = "t.yaml";
    task_.prompt = {"Say.", "Q: {question}", "", "\n\n", "A:"};
    item_.fields = {{"question", "the cat?"}};
    item_.context = {{"system", "Be kind."}};
  }
  TaskPrompt make(const Room& room) const {
    return make_task_prompt(task_, item_, shots_, room, 7, tokenizer());
  }

  Task task_;
  Item item_;
  ShotTexts shots_{"", {"Q: one\nA: 1", "Q: two\nA: 2"}};
};

TEST_F(TaskPromptTest, PutsTheExamplesBeforeTheQuestion) {
  const TaskPrompt made = make({1000, 20});
  EXPECT_EQ(made.text,
            "<s><|system|>\nBe kind.\n<|user|>\nSay.\n\nQ: one\nA: 1\n\nQ: two\nA: 2\n\nQ: the "
            "cat?\n<|assistant|>\nA:");
  EXPECT_EQ(made.prompt.ids, tokenizer().encode(made.text));
  EXPECT_EQ(made.prompt.seed, 7U);
  EXPECT_EQ(made.prompt.places, 20);
  EXPECT_EQ(made.shots, 2);
  EXPECT_TRUE(made.fits);
}

TEST_F(TaskPromptTest, LeavesOutTheLastExamplesForWantOfRoom) {
  const auto size = std::ssize(make({1000, 20}).prompt.ids);
  EXPECT_EQ(make({size + 20, 20}).shots, 2);
  const TaskPrompt one = make({size + 19, 20});
  EXPECT_EQ(one.shots, 1);
  EXPECT_NE(one.text.find("Q: one"), std::string::npos);
  EXPECT_EQ(one.text.find("Q: two"), std::string::npos);
  EXPECT_EQ(one.prompt.places, 20);
}

TEST_F(TaskPromptTest, WithoutExamplesTheAnswerTakesTheRoomThereIs) {
  shots_.shots.clear();
  const auto size = std::ssize(make({1000, 20}).prompt.ids);
  EXPECT_EQ(make({size + 5, 20}).prompt.places, 5);
  EXPECT_EQ(make({size + 50, 0}).prompt.places, 50);
  EXPECT_TRUE(make({size + 1, 20}).fits);
  EXPECT_FALSE(make({size, 20}).fits);
}

TEST_F(TaskPromptTest, TheReplyMayBeginWithAField) {
  task_.prompt.reply = "{question}";
  EXPECT_TRUE(make({1000, 1}).text.ends_with("<|assistant|>\nthe cat?"));
  task_.prompt.reply = "{answer}";
  EXPECT_EQ(error_of([&] {
              make({1000, 1});
            }),
            "t.yaml: prompt.reply: expected fields of the record (question), found {answer}");
}

}  // namespace
}  // namespace tess2::eval
