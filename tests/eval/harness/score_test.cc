#include "eval/harness/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tess2::eval {
namespace {

using testing::IsEmpty;

std::vector<Measure> shares(int right, int total) {
  std::vector<Measure> measures(static_cast<std::size_t>(total), Measure{"m", 0.0});
  for (int i = 0; i < right; ++i) measures[static_cast<std::size_t>(i)].value = 1.0;
  return measures;
}

TEST(ScoreMeasures, RightAndWrongHaveWilsonsInterval) {
  const MeasureScore score = score_measures(shares(3, 12));
  const Interval expected = Share{3, 12}.interval();
  EXPECT_DOUBLE_EQ(score.value, 0.25);
  EXPECT_NEAR(score.interval.low, expected.low, 1e-12);
  EXPECT_NEAR(score.interval.high, expected.high, 1e-12);
  EXPECT_EQ(score.records, 12);
}

TEST(ScoreMeasures, AllRightIsNotCertainty) {
  const MeasureScore score = score_measures(shares(10, 10));
  EXPECT_DOUBLE_EQ(score.value, 1.0);
  EXPECT_NEAR(score.interval.low, (Share{10, 10}.interval().low), 1e-12);
}

// Values near their mean tell it better than right and wrong do; with weights, rates that differ
// between records tell it worse than as many single instructions would.
TEST(ScoreMeasures, TheIntervalGoesByHowMuchTheRecordsDiffer) {
  std::vector<Measure> f1(100, Measure{"f1", 0.4});
  for (std::size_t i = 0; i < f1.size(); i += 2) f1[i].value = 0.6;
  const Interval narrow = score_measures(f1).interval;
  EXPECT_NEAR(narrow.low, 0.5 - 1.96 * 0.01, 1e-3);
  EXPECT_NEAR(narrow.high, 0.5 + 1.96 * 0.01, 1e-3);
  std::vector<Measure> clusters(100, Measure{"i", 3.0, 3.0});
  for (std::size_t i = 0; i < clusters.size(); i += 2) clusters[i].value = 0.0;
  EXPECT_NEAR(score_measures(clusters).interval.low, (Share{50, 100}.interval().low), 1e-9);
}

class ScoreTaskTest : public testing::Test {
 protected:
  ScoreTaskTest() {
    info_.task = "t";
    info_.records = 4;
    for (std::size_t i = 0; i < 4; ++i) {
      TaskRecord& record = records_[i];
      record.index = i;
      record.subtask = i < 3 ? "a" : "b";
      record.steps = 50;
      record.seconds = 2.0;
      record.shots = 3;
      record.verdict = Verdict{"", {{"accuracy", i == 0 || i == 3 ? 1.0 : 0.0}}};
    }
  }
  TaskScore score(Metric metric = Metric::kBbh) const {
    return score_task(info_, metric, records_);
  }

  TaskRunInfo info_;
  Records records_;
};

TEST_F(ScoreTaskTest, CountsRecordsAlikeAndSubtasksAlike) {
  const TaskScore found = score();
  EXPECT_EQ(found.missing, "");
  EXPECT_DOUBLE_EQ(found.measures.at(0).value, 0.5);
  ASSERT_EQ(found.subtasks.size(), 2U);
  EXPECT_DOUBLE_EQ(found.subtasks[0].measures.at(0).value, 1.0 / 3.0);
  EXPECT_DOUBLE_EQ(found.mean_of_subtasks.at(0).value, 2.0 / 3.0);
  EXPECT_DOUBLE_EQ(found.mean_steps, 50.0);
  EXPECT_DOUBLE_EQ(found.seconds, 8.0);
}

TEST_F(ScoreTaskTest, TheRewardIsTheMeanOfTheRecordsThatHaveOne) {
  EXPECT_FALSE(score().reward.has_value());
  records_[0].reward = 1.0;
  records_[3].reward = -2.0;
  EXPECT_DOUBLE_EQ(score().reward.value().value, -0.5);
  EXPECT_DOUBLE_EQ(score().reward->interval.value().low, -2.0);
}

TEST_F(ScoreTaskTest, WhatIsNotWholeHasNoScore) {
  records_.erase(2);
  const TaskScore found = score();
  EXPECT_EQ(found.missing, "3 of 4 records are answered");
  EXPECT_THAT(found.measures, IsEmpty());
  EXPECT_THAT(found.subtasks, IsEmpty());
}

TEST_F(ScoreTaskTest, NeitherHasWhatIsNotJudged) {
  records_[1].verdict.reset();
  EXPECT_EQ(score(Metric::kHumanEval).missing,
            "1 of 4 records have no verdict: its programs are only run with "
            "--run-generated-programs");
  EXPECT_EQ(score(Metric::kAlpacaEval).missing,
            "1 of 4 records have no verdict: its judge is only asked with --judge");
}

TEST_F(ScoreTaskTest, SaysWhatFoundNoRoom) {
  records_[1].asked = false;
  records_[1].steps = 0;
  records_[1].shots = 0;
  const TaskScore found = score();
  EXPECT_EQ(found.too_long, 1);
  EXPECT_EQ(found.fewer_shots, 1);
  EXPECT_DOUBLE_EQ(found.mean_steps, 50.0);
}

}  // namespace
}  // namespace tess2::eval
