#include "eval/harness/record.h"

#include <gtest/gtest.h>

#include "support/temporary_folder.h"

namespace tess2::eval {
namespace {

TaskRecord some_record() {
  TaskRecord record;
  record.subtask = "s";
  record.index = 4;
  record.prompt = "<s>ask";
  record.shots = 2;
  record.gold = {{"answer", "1"}};
  record.seed = 9;
  record.settings = "ab";
  record.output = " 1";
  record.steps = 100;
  record.seconds = 1.25;
  record.verdict = Verdict{"1", {{"z", 1.0}, {"a", 1.0, 3.0}}};
  return record;
}

TaskRecord read_line(const std::string& line) {
  const data::LinePlace place{"r.jsonl", 2};
  return read_record(data::parse_json_line(line, place), place);
}

TEST(Record, ALineHoldsAllOfIt) {
  const std::string line = record_line(some_record(), "t");
  EXPECT_EQ(line,
            R"({"task":"t","subtask":"s","index":4,"prompt":"<s>ask","shots":2,)"
            R"("gold":{"answer":"1"},"seed":9,"settings":"ab","asked":true,"output":" 1",)"
            R"("extracted":"1","steps":100,"seconds":1.25,"verdict":[{"measure":"z","value":1.0,)"
            R"("weight":1.0},{"measure":"a","value":1.0,"weight":3.0}]})"
            "\n");
  EXPECT_EQ(record_line(read_line(line), "t"), line);
}

TEST(Record, ARewardIsKeptWhereThereIsOne) {
  TaskRecord record = some_record();
  record.reward = -1.5;
  const std::string line = record_line(record, "t");
  EXPECT_EQ(read_line(line).reward, -1.5);
  EXPECT_FALSE(read_line(record_line(some_record(), "t")).reward.has_value());
}

TEST(Record, AVerdictMayBeMissing) {
  TaskRecord record = some_record();
  record.verdict.reset();
  const std::string line = record_line(record, "t");
  EXPECT_FALSE(read_line(line).verdict.has_value());
}

TEST(Record, WhatIsMissingNamesFileAndLine) {
  auto json = nlohmann::json::parse(record_line(some_record(), "t"));
  const auto error_with = [&](const char* key, const nlohmann::json& value) {
    auto changed = json;
    if (value.is_discarded()) changed.erase(key);
    if (!value.is_discarded()) changed[key] = value;
    return test_support::error_of([&] { read_line(changed.dump()); });
  };
  const nlohmann::json none(nlohmann::json::value_t::discarded);
  EXPECT_EQ(error_with("output", none),
            "r.jsonl: line 2: output: expected a string, found nothing");
  EXPECT_EQ(error_with("seed", "x"), "r.jsonl: line 2: seed: expected a number, found \"x\"");
  EXPECT_EQ(error_with("gold", none), "r.jsonl: line 2: gold: expected an object, found nothing");
  EXPECT_EQ(error_with("verdict", none),
            "r.jsonl: line 2: verdict: expected a list or null, found nothing");
  EXPECT_EQ(error_with("verdict", {1}),
            "r.jsonl: line 2: verdict: expected a list of objects, found [1]");
}

}  // namespace
}  // namespace tess2::eval
