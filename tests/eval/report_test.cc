#include "eval/report.h"

#include <gtest/gtest.h>

namespace tess2::eval {
namespace {

Summary summary() {
  Summary summary;
  summary.all = {{3, 4}, 70};
  summary.tasks = {{"copy", {{2, 2}, 20}}, {"multiplication", {{1, 2}, 50}}};
  summary.seconds = 1.25;
  return summary;
}

TEST(Report, TheTableIsAligned) {
  EXPECT_EQ(table_text(summary()),
            "task             right  total   accuracy  95 % interval     steps\n"
            "copy                 2      2    100.0 %   34.2 to 100.0 %    10.0\n"
            "multiplication       1      2     50.0 %    9.5 to  90.5 %    25.0\n"
            "all                  3      4     75.0 %   30.1 to  95.4 %    17.5\n"
            "answered in 1.2 s\n");
}

TEST(Report, TheTableHasTheMeanRewardWhereThereIsOne) {
  Summary with_reward = summary();
  with_reward.mean_reward = -0.5;
  EXPECT_NE(table_text(with_reward).find("\nmean reward -0.5000\n"), std::string::npos);
}

TEST(Report, TheTableTellsThePromptsDriftWhereThereIsOne) {
  Summary drifting = summary();
  drifting.mean_prompt_drift = 0.0312;
  EXPECT_NE(table_text(drifting).find("\nthe prompt's kept keys and values had moved by 3.1 %\n"),
            std::string::npos);
}

TEST(Report, TheSummaryIsOneLineWithTabs) {
  Summary values = summary();
  EXPECT_EQ(summary_line(values), "0.7500\t0.3006\t0.9544\t-\t1.250\t17.50\n");
  values.mean_reward = 0.125;
  EXPECT_EQ(summary_line(values), "0.7500\t0.3006\t0.9544\t0.125000\t1.250\t17.50\n");
}

TEST(Report, AnOutcomeIsOneJsonLine) {
  Outcome outcome{
      {"copy", {{"user", "Say \"a\"\nnow"}}, "a", {"q.jsonl", 3}}, {{5}, "b\xff", 20}, 9};
  EXPECT_EQ(json_line(outcome),
            "{\"line\":3,\"task\":\"copy\",\"prompt\":\"Say \\\"a\\\"\\nnow\",\"answer\":\"a\","
            "\"reply\":\"b\xef\xbf\xbd\",\"right\":false,\"reward\":null,\"seed\":9,"
            "\"steps\":20}\n");
  outcome.right = true;
  outcome.reward = 0.5;
  outcome.reply.prompt_drift = 0.25;
  EXPECT_NE(json_line(outcome).find("\"right\":true,\"reward\":0.5,"), std::string::npos);
  EXPECT_NE(json_line(outcome).find("\"prompt_drift\":0.25}"), std::string::npos);
}

}  // namespace
}  // namespace tess2::eval
