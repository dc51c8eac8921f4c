#include "eval/harness/shots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "eval/harness/harness_test_support.h"

namespace tess2::eval {
namespace {

using testing::ElementsAre;

class ShotsTest : public HarnessTest {
 protected:
  ShotsTest() {
    task_.file = "t.yaml";
    task_.data.format = DataFormat::kGsm8k;
    task_.shots = {ShotSource::kRecords, "g.jsonl", 2, ShotPick::kFirst};
    task_.prompt.question = "Q: {question}";
    task_.prompt.answer = " A: {answer}";
    write("data/g.jsonl", kSmallGsm8k);
  }
  std::vector<std::string> shots(std::uint64_t seed = 0) {
    return Shots(task_, root(), seed).of("").shots;
  }

  Task task_;
};

TEST_F(ShotsTest, TheFirstRecordsAreWrittenWithTheTemplates) {
  EXPECT_THAT(shots(), ElementsAre("Q: 2 and 2? A: 4", "Q: 1000 twice? A: 2000"));
}

TEST_F(ShotsTest, DrawnOnesDependOnTheSeedAlone) {
  task_.shots.pick = ShotPick::kSeeded;
  EXPECT_EQ(shots(3), shots(3));
  std::set<std::vector<std::string>> drawn;
  for (std::uint64_t seed = 0; seed < 20; ++seed) drawn.insert(shots(seed));
  EXPECT_GT(drawn.size(), 3U);
}

TEST_F(ShotsTest, PromptFilesAreTakenApartAtTheirQuestions) {
  task_.shots = {ShotSource::kChainOfThought, "*.txt", 0, ShotPick::kFirst};
  write("data/x.txt", "warning\n-----\nDo it.\n\nQ: a\nA: b\n\nand c\n\nQ: d\nA: e");
  const ShotTexts texts = Shots(task_, root(), 0).of("x");
  EXPECT_EQ(texts.intro, "Do it.");
  EXPECT_THAT(texts.shots, ElementsAre("Q: a\nA: b\n\nand c", "Q: d\nA: e"));
}

TEST_F(ShotsTest, NoneAreNone) {
  task_.shots.source = ShotSource::kNone;
  EXPECT_THAT(shots(), ElementsAre());
}

TEST_F(ShotsTest, WhatIsMissingIsTold) {
  task_.shots.count = 4;
  EXPECT_EQ(error_of([&] { shots(); }), "data/g.jsonl: expected 4 records for examples, found 3");
  task_.shots = {ShotSource::kChainOfThought, "x.txt", 0, ShotPick::kFirst};
  EXPECT_EQ(error_of([&] { shots(); }), "data/x.txt: cannot be opened: No such file or directory");
  write("data/x.txt", "Q: a");
  EXPECT_EQ(error_of([&] { shots(); }), "data/x.txt: expected a line of five dashes, found none");
  write("data/x.txt", "-----\nhello");
  EXPECT_EQ(error_of([&] { shots(); }),
            "data/x.txt: expected an example that begins with `Q: `, found none");
}

}  // namespace
}  // namespace tess2::eval
