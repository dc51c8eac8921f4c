#include "eval/harness/judgements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "eval/harness/harness_test_support.h"
#include "eval/harness/judge_stand_in.h"

namespace tess2::eval {
namespace {

using testing::StartsWith;

class JudgementsTest : public HarnessTest {
 protected:
  JudgementsTest() {
    std::filesystem::create_directory(path("out"));
    for (std::size_t i = 0; i < 8; ++i) {
      TaskRecord& record = records_[i];
      record.index = i;
      record.seed = i;
      record.gold = {{"instruction", "Say " + std::to_string(i)},
                     {"output", "reference"},
                     {"dataset", "koala"}};
      record.output = i % 4 == 0 ? "poor" : "good";
      record.place = {"records.jsonl", i + 1};
    }
  }
  std::string read(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  double win_rate(std::size_t index) const {
    return records_.at(index).verdict.value().measures.at(0).value;
  }

  Records records_;
};

TEST_F(JudgementsTest, OutputsAreWrittenAsAlpacaEvalReadsThem) {
  write_model_outputs(records_, "tuned", path("out"));
  const auto list = nlohmann::json::parse(read("out/model_outputs.json"));
  ASSERT_EQ(list.size(), 8U);
  EXPECT_EQ(list[1], (nlohmann::json{{"instruction", "Say 1"},
                                     {"output", "good"},
                                     {"generator", "tuned"},
                                     {"dataset", "koala"}}));
}

TEST_F(JudgementsTest, TheJudgesPlaceDoesNotMatter) {
  const JudgeStandIn server([](const std::string& asked, httplib::Response& response) {
    const std::string better = asked.find("good") != std::string::npos ? "good" : "reference";
    say(asked.find(better) < asked.find("Answer B:") ? "A" : "B", response);
  });
  Judge judge({server.url(), "m", "", 20.0});
  ask_judge(judge, path("out"), records_, {});
  for (const auto& [index, record] : records_) EXPECT_EQ(win_rate(index), index % 4 == 0 ? 0 : 1);
  const std::string kept = read("out/judgements.jsonl");
  EXPECT_NE(kept.find("\"answer_first\":true"), std::string::npos);
  EXPECT_NE(kept.find("\"answer_first\":false"), std::string::npos);
}

TEST_F(JudgementsTest, WhatIsJudgedIsNotAskedAgain) {
  int asked = 0;
  const JudgeStandIn server([&](const std::string&, httplib::Response& response) {
    say(++asked == 4 ? "hm" : "TIE", response);
  });
  Judge judge({server.url(), "m", "", 20.0});
  Records first = records_;
  EXPECT_EQ(error_of([&] { ask_judge(judge, path("out"), first, {}); }),
            "records.jsonl: line 4: judge " + server.url() + ": expected A, B or TIE, found hm");
  std::vector<std::int64_t> told;
  ask_judge(judge, path("out"), records_, [&](std::int64_t done) { told.push_back(done); });
  EXPECT_EQ(told, (std::vector<std::int64_t>{4, 5, 6, 7, 8}));
  EXPECT_EQ(asked, 9);
  EXPECT_EQ(win_rate(0), 0.5);
}

TEST_F(JudgementsTest, NoFileIsNoJudgement) {
  read_judgements(path("out"), records_);
  EXPECT_FALSE(records_.at(0).verdict.has_value());
}

TEST_F(JudgementsTest, WhatIsWrongNamesFileAndLine) {
  const std::string good = R"({"index":0,"judge":"m","winner":"tie"})";
  write("out/judgements.jsonl", good + "\n" + R"({"index":9,"judge":"m","winner":"tie"})" + "\n");
  EXPECT_EQ(error_of([&] { read_judgements(path("out"), records_); }),
            "out/judgements.jsonl: line 2: index: expected the number of a record, found 9");
  write("out/judgements.jsonl", R"({"index":0,"judge":"m","winner":"me"})"
                                "\n");
  EXPECT_EQ(error_of([&] { read_judgements(path("out"), records_); }),
            "out/judgements.jsonl: line 1: winner: expected model, reference or tie, found me");
  write("out/judgements.jsonl", good + "\n");
  Judge judge({"http://127.0.0.1:1/v1", "other", "", 1.0});
  EXPECT_EQ(error_of([&] { ask_judge(judge, path("out"), records_, {}); }),
            "out/judgements.jsonl: line 1: judge: expected other, found m");
}

}  // namespace
}  // namespace tess2::eval
