#include <gtest/gtest.h>

#include <map>
#include <set>

#include "data/synth/task_test_support.h"

namespace tess2::data::synth {
namespace {

/// Reads "a = 1" and "c = a and b" in the prompt, in their order, and works out every value.
std::map<std::string, int> values_of(const std::string& prompt, std::set<std::string>& gates) {
  std::map<std::string, int> values;
  const std::regex definition(
      "\\b([a-z]) = (?:([01])|not ([a-z])\\b|([a-z]) (and|or|xor) ([a-z])\\b)");
  for (std::sregex_iterator it(prompt.begin(), prompt.end(), definition), end; it != end; ++it) {
    int& value = values[it->str(1)];
    const std::string gate = it->str(5);
    if (!it->str(2).empty()) {
      value = std::stoi(it->str(2));
    } else if (!it->str(3).empty()) {
      value = 1 - values.at(it->str(3));
    } else {
      const int sum = values.at(it->str(4)) + values.at(it->str(6));
      EXPECT_LT(it->str(4), it->str(6)) << prompt;
      value = gate == "and" ? sum / 2 : gate == "or" ? (sum + 1) / 2 : sum % 2;
    }
    gates.insert(gate);
  }
  return values;
}

TEST(Circuits, AnswersAndStepsAreTrue) {
  int ones = 0;
  std::set<std::string> gates, asked;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("circuit", i);
    const auto values = values_of(task.prompt, gates);
    const std::string last = matches(task.prompt, "\\b[a-z]\\b").back();
    EXPECT_EQ(last, values.rbegin()->first) << task.prompt;
    EXPECT_EQ(task.answer, std::to_string(values.at(last))) << task.prompt;
    for (const auto& step : matches(task.reply, "[a-z] = [01]")) {
      EXPECT_EQ(values.at(step.substr(0, 1)), step.back() - '0') << task.prompt << task.reply;
    }
    EXPECT_TRUE(task.reply.ends_with(last + " = " + task.answer + ", answer " + task.answer));
    ones += task.answer == "1" ? 1 : 0;
    asked.insert(last);
  }
  EXPECT_GT(ones, kDraws * 2 / 5);
  EXPECT_LT(ones, kDraws * 3 / 5);
  EXPECT_EQ(gates.size(), 4u);  // three of two values, and the inputs and "not"
  EXPECT_EQ(*asked.begin(), "d");
  EXPECT_EQ(*asked.rbegin(), "t");
}

TEST(Circuits, StepsAreTheGatesAlone) {
  for (int i = 0; i < 500; ++i) {
    const Instruction task = draw("circuit", i, {.max_inputs = 2, .max_gates = 3});
    const auto inputs = matches(task.prompt, "[a-z] = [01]");
    const auto all = matches(task.prompt, "[a-z] = ");
    EXPECT_EQ(inputs.size(), 2u) << task.prompt;
    EXPECT_LE(all.size(), 5u) << task.prompt;
    EXPECT_EQ(matches(task.reply, "[a-z] = ").size(), all.size() - inputs.size()) << task.reply;
  }
}

TEST(Circuits, TheMarkedAnswerDecides) {
  const Instruction task = draw("circuit", 1);
  const std::string right = task.answer, wrong = right == "1" ? "0" : "1";
  EXPECT_TRUE(passes(task, "d = 0, answer " + right));
  EXPECT_TRUE(passes(task, "d = " + wrong + ", e = " + right));
  EXPECT_FALSE(passes(task, "d = " + right + ", answer " + wrong));
  EXPECT_FALSE(passes(task, task.reply + wrong));
}

TEST(Circuits, HaveFewGatesOfNoAccount) {
  int unread = 0, gates = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("circuit", i);
    const auto defined = matches(task.prompt, "[a-z] = (?![01])");
    for (std::size_t k = 0; k + 1 < defined.size(); ++k) {
      const std::regex read("= [^,.]*\\b" + defined[k].substr(0, 1) + "\\b(?! =)");
      unread += std::regex_search(task.problem, read) ? 0 : 1;
      ++gates;
    }
  }
  EXPECT_LT(unread, gates / 3);
}

}  // namespace
}  // namespace tess2::data::synth
