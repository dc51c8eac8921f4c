#include "eval/harness/score_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tess2::eval {
namespace {

std::vector<TaskScore> some_scores() {
  TaskScore whole;
  whole.task = "bbh";
  whole.records = whole.wanted = 10;
  whole.measures = {{"accuracy", 0.5, {0.2, 0.8}, 10}};
  whole.mean_of_subtasks = {{"accuracy", 0.45, {0.25, 0.75}, 10}};
  whole.subtasks = {{"navigate", {{"accuracy", 0.4, {0.1, 0.7}, 5}}}};
  whole.mean_steps = 100.0;
  whole.model = "run/tuned";
  whole.seed = 7;
  whole.limit = 5;
  whole.too_long = 1;
  TaskScore part;
  part.task = "gsm8k";
  part.records = 3;
  part.wanted = 8;
  part.missing = "3 of 8 records are answered";
  return {whole, part};
}

TEST(TaskTable, HasALineAMeasureAndSaysWhatIsMissing) {
  EXPECT_EQ(task_table(some_scores()),
            "task                measure     score  95 % interval     records   steps\n"
            "bbh                 accuracy   50.0 %   20.0 to  80.0 %       10   100.0\n"
            "  mean of subtasks  accuracy   45.0 %   25.0 to  75.0 %       10   100.0\n"
            "  navigate          accuracy   40.0 %   10.0 to  70.0 %        5   100.0\n"
            "  a part of the task: the first 5 records, of each subtask where there are any\n"
            "  1 of 10 records left no place for an answer and count as wrong\n"
            "gsm8k               no score: 3 of 8 records are answered\n");
}

TEST(TaskTable, TellsTheMeanReward) {
  auto scores = some_scores();
  scores[0].reward = Estimate{0.5, Interval{0.25, 0.75}};
  EXPECT_NE(task_table(scores).find("\n  mean reward 0.5000, 95 % interval 0.2500 to 0.7500\n"),
            std::string::npos);
  const auto json = nlohmann::json::parse(scores_json(scores));
  EXPECT_EQ(json["tasks"][0]["reward"]["high"], 0.75);
  EXPECT_FALSE(nlohmann::json::parse(scores_json(some_scores()))["tasks"][0].contains("reward"));
}

TEST(ScoresJson, APartHasNoMeasures) {
  const auto json = nlohmann::json::parse(scores_json(some_scores()));
  EXPECT_EQ(json["tasks"][0]["complete"], true);
  EXPECT_EQ(json["tasks"][0]["model"], "run/tuned");
  EXPECT_EQ(json["tasks"][0]["seed"], 7);
  EXPECT_EQ(json["tasks"][0]["limit"], 5);
  EXPECT_EQ(json["tasks"][0]["measures"][0]["score"], 0.5);
  EXPECT_EQ(json["tasks"][0]["subtasks"]["navigate"][0]["low"], 0.1);
  EXPECT_EQ(json["tasks"][1]["complete"], false);
  EXPECT_EQ(json["tasks"][1]["missing"], "3 of 8 records are answered");
  EXPECT_FALSE(json["tasks"][1].contains("measures"));
}

}  // namespace
}  // namespace tess2::eval
