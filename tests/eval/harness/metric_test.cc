#include "eval/harness/metric.h"

#include <gtest/gtest.h>

#include "eval/harness/harness_test_support.h"

namespace tess2::eval {
namespace {

using nlohmann::json;

Verdict judged(Metric metric, const json& gold, const std::string& output,
               const RunProgram& run = {}) {
  return judge_output(metric, gold, output, run, {"f", 3}).value();
}

TEST(Metric, NumbersAndChoices) {
  EXPECT_EQ(judged(Metric::kGsm8k, {{"answer", "2000"}}, "so 2,000 it is"),
            (Verdict{"2000", {{"accuracy", 1.0}}}));
  EXPECT_EQ(judged(Metric::kGsm8k, {{"answer", "4"}}, "4 or 5"),
            (Verdict{"5", {{"accuracy", 0.0}}}));
  EXPECT_EQ(judged(Metric::kBbh, {{"answer", "(B)"}}, "So the answer is (B)."),
            (Verdict{"(B)", {{"accuracy", 1.0}}}));
  EXPECT_EQ(judged(Metric::kMmlu, {{"answer", "C"}}, " C."), (Verdict{"C", {{"accuracy", 1.0}}}));
  EXPECT_EQ(judged(Metric::kMmlu, {{"answer", "C"}}, "who knows"),
            (Verdict{"", {{"accuracy", 0.0}}}));
}

TEST(Metric, ShortAnswersHaveF1AndExactMatch) {
  EXPECT_EQ(judged(Metric::kSquad, {{"answers", {"a river", "lake"}}}, " The river. "),
            (Verdict{"The river.", {{"f1", 1.0}, {"exact_match", 1.0}}}));
  const Verdict half = judged(Metric::kTriviaQa, {{"answers", {"dead sea"}}}, "sea");
  EXPECT_DOUBLE_EQ(half.measures[0].value, 2.0 / 3.0);
  EXPECT_EQ(half.measures[1].value, 0.0);
}

TEST(Metric, IfevalCountsPromptsAndInstructions) {
  const json gold{
      {"prompt", "p"},
      {"instruction_id_list", {"punctuation:no_comma", "change_case:english_lowercase"}},
      {"kwargs", {json::object(), json::object()}}};
  const Verdict verdict = judged(Metric::kIfeval, gold, "no commas here but Capitals");
  EXPECT_EQ(verdict.measures, (std::vector<Measure>{{"prompt_strict", 0.0},
                                                    {"instruction_strict", 1.0, 2.0},
                                                    {"prompt_loose", 0.0},
                                                    {"instruction_loose", 1.0, 2.0}}));
}

TEST(Metric, InstructionsAreCheckedByTheirFamily) {
  const json copy{{"task", "copy"}, {"prompt", "Copy: a b"}, {"answer", "a b"}};
  EXPECT_EQ(judged(Metric::kInstructions, copy, "A b."), (Verdict{"A b.", {{"accuracy", 1.0}}}));
  // Any expression that reaches the target is right: the checker reads the prompt.
  const json countdown{
      {"task", "countdown"}, {"prompt", "Make 10 from 2, 5 and 8."}, {"answer", "2 * 5"}};
  EXPECT_EQ(judged(Metric::kInstructions, countdown, "2 + 8").measures,
            (std::vector<Measure>{{"accuracy", 1.0}}));
  EXPECT_EQ(judged(Metric::kInstructions, countdown, "5 + 5").measures,
            (std::vector<Measure>{{"accuracy", 0.0}}));
}

TEST(Metric, ProgramsEndWhereTheirFunctionDoes) {
  const json gold{
      {"prompt", "def f():\n"}, {"test", "def check(g):\n    pass\n"}, {"entry_point", "f"}};
  EXPECT_EQ(humaneval_program(gold, "    return 1\n```\nThat is it."),
            "def f():\n    return 1\n\ndef check(g):\n    pass\n\ncheck(f)\n");
  EXPECT_EQ(humaneval_program(gold, "    x = 1\nprint(x)\ndef g():"),
            humaneval_program(gold, "    x = 1"));
}

TEST(Metric, ProgramsAreJudgedOnlyWhereTheyMayBeRun) {
  const json gold{{"prompt", "p"}, {"test", "t"}, {"entry_point", "e"}};
  EXPECT_FALSE(judge_output(Metric::kHumanEval, gold, "x", {}, {}).has_value());
  std::vector<std::string> ran;
  const auto run = [&](const std::string& program) {
    ran.push_back(program);
    return true;
  };
  EXPECT_EQ(judged(Metric::kHumanEval, gold, "x", run), (Verdict{"x", {{"pass_at_1", 1.0}}}));
  EXPECT_EQ(ran, std::vector<std::string>{humaneval_program(gold, "x")});
  EXPECT_FALSE(judge_output(Metric::kAlpacaEval, gold, "x", run, {}).has_value());
}

TEST(Metric, AGoldThatIsNoneNamesItsPlace) {
  EXPECT_EQ(test_support::error_of([] { judged(Metric::kBbh, json::object(), "x"); }),
            "f: line 3: answer: expected a string, found nothing");
  EXPECT_EQ(test_support::error_of([] { judged(Metric::kSquad, json::object(), "x"); }),
            "f: line 3: answers: expected a list of texts, found something else");
}

}  // namespace
}  // namespace tess2::eval
