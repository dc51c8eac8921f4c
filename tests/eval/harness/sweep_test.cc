#include "eval/harness/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tess2::eval {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of(const std::string& text) {
  try {
    parse_sweep(text, "--sweep");
  } catch (const UsageError& error) {
    return error.what();
  }
  return "no error";
}

std::vector<std::string> names(const std::vector<SweepPoint>& points) {
  std::vector<std::string> found;
  for (const SweepPoint& point : points) found.push_back(point.name());
  return found;
}

TEST(Sweep, ReadsAKeyAndItsValues) {
  const SweepAxis axis = parse_sweep("guidance.scale=0,2.5,10", "--sweep");
  EXPECT_EQ(axis.key, "guidance.scale");
  EXPECT_THAT(axis.values, ElementsAre("0", "2.5", "10"));
}

TEST(Sweep, WhatIsNoSweepIsAnError) {
  EXPECT_EQ(error_of("steps"), "--sweep: expected KEY=VALUE,VALUE,..., found steps");
  EXPECT_EQ(error_of("=1"), "--sweep: expected KEY=VALUE,VALUE,..., found =1");
  EXPECT_EQ(error_of("steps="), "--sweep: expected KEY=VALUE,VALUE,..., found steps=");
  EXPECT_EQ(error_of("steps=1,,2"), "--sweep: expected KEY=VALUE,VALUE,..., found steps=1,,2");
  EXPECT_EQ(error_of("steps=1,"), "--sweep: expected KEY=VALUE,VALUE,..., found steps=1,");
  EXPECT_EQ(error_of("steps=1,2,1"), "--sweep: expected each value once, found steps=1,2,1");
}

TEST(Sweep, SeveralAxesGiveAllCombinations) {
  EXPECT_THAT(
      names(sweep_points({{"steps", {"1", "5"}}, {"top_p", {"0.5", "1"}}}, "--sweep")),
      ElementsAre("steps=1,top_p=0.5", "steps=1,top_p=1", "steps=5,top_p=0.5", "steps=5,top_p=1"));
  EXPECT_THROW(sweep_points({{"steps", {"1"}}, {"steps", {"2"}}}, "--sweep"), UsageError);
}

SweepScore score_at(const std::string& steps, double value) {
  TaskScore task;
  task.task = "gsm8k";
  task.records = task.wanted = 4;
  task.measures = {{"accuracy", value, {value / 2, value * 2}, 4}};
  task.subtasks = {{"hard", task.measures}};
  return {{{{"steps", steps}}}, {task}};
}

TEST(Sweep, TheTableHasALineAPoint) {
  const std::string table = sweep_table({score_at("1", 0.25), score_at("25", 0.5)});
  EXPECT_THAT(table, HasSubstr("\ngsm8k  steps=1   accuracy   25.0 %   12.5 to  50.0 %        4"));
  EXPECT_THAT(table, HasSubstr("\ngsm8k  steps=25  accuracy   50.0 %"));
  EXPECT_THAT(table, testing::Not(HasSubstr("hard")));
}

TEST(Sweep, TheFileTellsItsPointsAgain) {
  const std::string text = sweep_json({score_at("1", 0.25), score_at("0.50", 0.5)});
  const json read = json::parse(text);
  EXPECT_EQ(read["kind"], "sweep");
  EXPECT_EQ(read["points"][0]["settings"]["steps"], 1);
  EXPECT_EQ(read["points"][1]["settings"]["steps"], "0.50") << "the folder is named so";
  EXPECT_EQ(read["points"][0]["folder"], "steps=1");
  EXPECT_EQ(read["points"][1]["tasks"][0]["measures"][0]["score"], 0.5);
  const test_support::TemporaryFolder folder;
  const auto file = folder.path() / "sweep.json";
  std::ofstream(file) << text;
  EXPECT_THAT(names(read_sweep_points(file)), ElementsAre("steps=1", "steps=0.50"));
  std::ofstream(file) << R"({"points": [3]})";
  EXPECT_THROW(read_sweep_points(file), FormatError);
  std::ofstream(file) << "[]";
  EXPECT_THROW(read_sweep_points(file), FormatError);
}

}  // namespace
}  // namespace tess2::eval
