#include "eval/harness/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tess2::eval {
namespace {

using test_support::error_of;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kWhole =
    "data:\n  file: a/b.jsonl\n  format: gsm8k\nprompt:\n  question: \"{question}\"\n"
    "metric: gsm8k\n";

TEST(Task, TheProgramBringsItsTasksAlong) {
  EXPECT_THAT(task_names(),
              ElementsAre("alpaca_eval", "bbh", "gsm8k", "gsm8k_symbolic", "humaneval", "ifeval",
                          "mmlu", "squad", "synth", "triviaqa"));
  for (const std::string& name : task_names()) EXPECT_EQ(find_task_file(name).name, name);
}

TEST(Task, FewShotTasksSayWhereTheirExamplesComeFrom) {
  const Task gsm8k = find_task_file("gsm8k");
  EXPECT_EQ(gsm8k.shots.source, ShotSource::kRecords);
  EXPECT_EQ(gsm8k.shots.count, 3);
  const Task bbh = find_task_file("bbh");
  EXPECT_EQ(bbh.shots.source, ShotSource::kChainOfThought);
  EXPECT_EQ(bbh.shots.file, "bbh/cot_prompts/*.txt");
}

TEST(Task, AnUnknownNameNamesTheNearest) {
  EXPECT_EQ(error_of([] { find_task_file("gsmk8"); }),
            "--task: unknown task 'gsmk8' (did you mean gsm8k?)");
}

TEST(Task, AFileOfOnesOwnHasTheNameOfTheFile) {
  const test_support::TemporaryFolder folder;
  const auto file = folder.path() / "mine.yaml";
  std::ofstream(file) << kWhole;
  EXPECT_EQ(find_task_file(file.string()).name, "mine");
  EXPECT_EQ(find_task_file(file.string()).yaml, kWhole);
}

std::string parse_error(const std::string& yaml) {
  return error_of([&] { parse_task(yaml, "t.yaml", "t"); });
}

TEST(Task, AnUnknownFieldNamesFileAndLine) {
  EXPECT_EQ(parse_error(std::string(kWhole) + "lenght: 3\n"),
            "t.yaml: line 7: unknown key lenght (did you mean length?)");
  EXPECT_EQ(parse_error("data:\n  path: x\n"),
            "t.yaml: line 2: unknown key data.path (did you mean data?)");
}

TEST(Task, AWrongValueNamesFileAndLine) {
  EXPECT_THAT(parse_error("metric: bleu\n"),
              HasSubstr("t.yaml: line 1: metric: expected one of gsm8k, bbh, "));
  EXPECT_EQ(parse_error(std::string(kWhole) + "length: -1\n"),
            "t.yaml: line 7: length: expected integer >= 0, found -1");
}

TEST(Task, WhatIsNeededMustBeThere) {
  EXPECT_EQ(parse_error("data:\n  file: x\nprompt:\n  question: q\n"),
            "t.yaml: metric: expected the name of a metric, found nothing");
  EXPECT_EQ(parse_error("metric: bbh\nprompt:\n  question: q\n"),
            "t.yaml: data.file: expected a path, found nothing");
  EXPECT_EQ(parse_error("metric: bbh\ndata:\n  file: x\n"),
            "t.yaml: prompt.question: expected text, found nothing");
  EXPECT_EQ(parse_error(std::string(kWhole) + "shots:\n  source: records\n"),
            "t.yaml: shots.file: expected a path, found nothing");
  EXPECT_EQ(parse_error(std::string(kWhole) + "shots:\n  source: records\n  file: x\n"),
            "t.yaml: shots.count: expected at least 1, found nothing");
}

TEST(Task, AStarStandsForTheSubtask) {
  EXPECT_EQ(with_subtask("a/*.json", "x"), "a/x.json");
  EXPECT_EQ(with_subtask("a.json", "x"), "a.json");
}

}  // namespace
}  // namespace tess2::eval
