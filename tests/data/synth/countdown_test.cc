#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "data/synth/expression.h"
#include "data/synth/task_test_support.h"
#include "support/temporary_folder.h"

namespace tess2::data::synth {
namespace {

using test_support::error_of;
using ::testing::HasSubstr;

bool asks_for_all(const Instruction& task) {
  return std::regex_search(task.prompt, std::regex("\\ball\\b"));
}

std::int64_t worked_out(std::int64_t a, char operation, std::int64_t b) {
  if (operation == '+') return a + b;
  if (operation == '-') return a - b;
  if (operation == '*') return a * b;
  EXPECT_EQ(a % b, 0);
  return a / b;
}

/// Goes through the steps with the numbers at hand; returns those that are left.
std::multiset<std::int64_t> follow_steps(const std::string& reply,
                                         std::multiset<std::int64_t> at_hand) {
  const std::regex step("([0-9]+) ([-+*/]) ([0-9]+) = ([0-9]+), ");
  for (std::sregex_iterator it(reply.begin(), reply.end(), step), end; it != end; ++it) {
    const std::int64_t left = std::stoll(it->str(1)), right = std::stoll(it->str(3));
    for (const auto used : {left, right}) {
      const auto found = at_hand.find(used);
      EXPECT_NE(found, at_hand.end()) << reply;
      if (found != at_hand.end()) at_hand.erase(found);
    }
    EXPECT_EQ(worked_out(left, it->str(2)[0], right), std::stoll(it->str(4))) << reply;
    at_hand.insert(std::stoll(it->str(4)));
  }
  return at_hand;
}

TEST(Countdown, StepsReachTheTargetWithTheGivenNumbers) {
  int all = 0;
  std::set<char> operations;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("countdown", i);
    const auto numbers = numbers_in(task.prompt);
    const auto left = follow_steps(task.reply, {numbers.begin() + 1, numbers.end()});
    EXPECT_TRUE(left.contains(numbers[0])) << task.prompt << "\n" << task.reply;
    EXPECT_EQ(std::count(numbers.begin() + 1, numbers.end(), numbers[0]), 0) << task.prompt;
    EXPECT_TRUE(!asks_for_all(task) || left.size() == 1) << task.prompt;
    all += asks_for_all(task) ? 1 : 0;
    EXPECT_TRUE(task.reply.ends_with("answer " + task.answer));
    for (const auto& operation : matches(task.answer, "[-+*/]")) operations.insert(operation[0]);
  }
  EXPECT_GT(all, kDraws * 2 / 5);
  EXPECT_LT(all, kDraws * 3 / 5);
  EXPECT_EQ(operations.size(), 4u);
}

TEST(Countdown, KeepsToItsSizes) {
  const TaskSizes sizes{.max_numbers = 3, .max_number = 9, .max_target = 20};
  std::set<std::size_t> counts;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("countdown", i, sizes);
    const auto numbers = numbers_in(task.prompt);
    EXPECT_EQ(numbers.size(), 4u);
    EXPECT_LE(*std::max_element(numbers.begin() + 1, numbers.end()), 9);
    for (const auto number : numbers_in(task.reply)) EXPECT_LE(number, 20);
    counts.insert(numbers_in(draw("countdown", i).prompt).size() - 1);
  }
  EXPECT_EQ(counts, (std::set<std::size_t>{3, 4, 5, 6}));
}

TEST(Countdown, CorruptedAnswersFail) {
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("countdown", i);
    const auto with = [&](const char* pattern, const char* text) {
      return "answer " + std::regex_replace(task.answer, std::regex(pattern), text,
                                            std::regex_constants::format_first_only);
    };
    EXPECT_FALSE(passes(task, with("[0-9]+", "$&0"))) << task.prompt;
    EXPECT_FALSE(passes(task, with("[0-9]+", "1001"))) << task.prompt;
    EXPECT_FALSE(passes(task, with("$", " + 1"))) << task.prompt;
    EXPECT_FALSE(passes(task, with("$", " + 0"))) << task.prompt;
    EXPECT_FALSE(passes(task, with("^", "("))) << task.prompt;
    EXPECT_FALSE(passes(task, with("$", " = 1001"))) << task.prompt;
    EXPECT_FALSE(passes(task, std::to_string(numbers_in(task.prompt)[0]))) << task.prompt;
  }
}

TEST(Countdown, AnyExpressionThatReachesTheTargetPasses) {
  const auto task =
      asking("countdown", "Make 24 from 2, 3, 4 and 8 with + - * /, each at most once.");
  for (const char* right : {"3 * 8", "8x3", "(3 * 8)", "4 * (8 - 2)", "(8 - 2) * 4.", "3*8 = 24",
                            "4 * 2 = 8, answer 3 * (4 * 2)", "8 / 2 * 3 * 4 / 2, answer 8 * 3",
                            "answer 2 * 8 + 2 * 4 answer 8 * 3", "(2 - 3 + 4) * 8"}) {
    EXPECT_TRUE(passes(task, right)) << right;
  }
  for (const char* wrong : {"2 * 3 * 4 + 0", "3 * 8 + 0", "4 * 4 + 8", "24", "20 + 4", "2 + 3",
                            "3 * 8 = 25", "3 * 8 3", "8 * 6 / 2", "3 * 8, answer", ""}) {
    EXPECT_FALSE(passes(task, wrong)) << wrong;
  }
}

TEST(Countdown, UsesANumberAsOftenAsItIsGiven) {
  const auto twice = asking("countdown", "Make 16 from 4, 4 and 5, each at most once.");
  EXPECT_TRUE(passes(twice, "4 * 4"));
  const auto once = asking("countdown", "Make 16 from 4, 6 and 5, each at most once.");
  EXPECT_FALSE(passes(once, "4 * 4"));
}

TEST(Countdown, AsksForAllNumbersInSomePrompts) {
  const auto task = asking("countdown", "Make 24 from all of 2, 3 and 4, each once.");
  EXPECT_TRUE(passes(task, "2 * 3 * 4"));
  EXPECT_TRUE(passes(task, "4 * (3 * 2)"));
  const auto more = asking("countdown", "Make 24 from all of 2, 3, 4 and 1, each once.");
  EXPECT_FALSE(passes(more, "2 * 3 * 4"));
  EXPECT_TRUE(passes(more, "2 * 3 * 4 / 1"));
}

TEST(Countdown, RefusesAPromptWithoutNumbers) {
  EXPECT_THAT(error_of([] { passes(asking("countdown", "Make 24."), "24"); }),
              HasSubstr("countdown: expected a prompt with a target and numbers"));
}

TEST(Countdown, TheOrderOfTheNumbersMakesNoOtherProblem) {
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("countdown", i);
    auto numbers = numbers_in(task.prompt);
    std::sort(numbers.begin() + 1, numbers.end());
    std::rotate(numbers.begin(), numbers.begin() + 1, numbers.end());
    EXPECT_EQ(numbers_in(task.problem), numbers);
  }
}

}  // namespace
}  // namespace tess2::data::synth
