#include "app/report_evaluations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"
#include "app/report_data.h"

namespace tess2::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kScores = R"({"tasks": [{"task": "gsm8k", "complete": false}]})";

class ReportEvaluationsTest : public CommandTest {
 protected:
  std::filesystem::path put(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(path(name).parent_path());
    write(name, content);
    return path(name);
  }
  json data_of(const std::vector<std::filesystem::path>& inputs) const {
    return json::parse(report_data(inputs));
  }
};

TEST_F(ReportEvaluationsTest, AFolderOfScoresIsFound) {
  put("eval/tuned/scores.json", kScores);
  const json data = data_of({path("eval/tuned")});
  EXPECT_TRUE(data["runs"].empty());
  EXPECT_EQ(data["evaluations"][0]["kind"], "scores");
  EXPECT_EQ(data["evaluations"][0]["name"], "tuned");
  EXPECT_EQ(data["evaluations"][0]["tasks"][0]["task"], "gsm8k");
}

TEST_F(ReportEvaluationsTest, ASweepGoesBeforeScores) {
  put("eval/tuned.sweep/sweep.json", R"({"kind": "sweep", "points": []})");
  put("eval/tuned.sweep/scores.json", kScores);
  EXPECT_EQ(data_of({path("eval/tuned.sweep")})["evaluations"][0]["kind"], "sweep");
}

TEST_F(ReportEvaluationsTest, RunsAndEvaluationsShareAPage) {
  put("run/tuned/metrics.jsonl", R"({"step":1,"loss":2.0})"
                                 "\n");
  put("eval/tuned/scores.json", kScores);
  const auto file = put("tuned.json", R"({"kind": "samples", "steps": [], "repetition": {}})");
  const json data = data_of({path("run/tuned"), path("eval/tuned"), file});
  EXPECT_EQ(data["runs"][0]["name"], "run/tuned");
  EXPECT_EQ(data["evaluations"][0]["name"], "eval/tuned");
  EXPECT_THAT(data["evaluations"][1]["name"].get<std::string>(), testing::EndsWith("/tuned"));
}

TEST_F(ReportEvaluationsTest, WhatThePageDoesNotShowIsLeftOut) {
  json samples{{"kind", "samples"}, {"steps", json::array()}, {"repetition", json::object()}};
  for (int i = 0; i < 9; ++i) samples["outputs"].push_back({{"text", std::to_string(i)}});
  const json short_one = evaluation_data(put("s.json", samples.dump()), "s");
  EXPECT_EQ(short_one["outputs"].size(), kShownOutputs);
  EXPECT_EQ(short_one["outputs"][4]["text"], "4");
  const json likelihood{{"kind", "likelihood"},
                        {"levels", json::array()},
                        {"per_token", json::object()},
                        {"costs", {1}}};
  EXPECT_FALSE(evaluation_data(put("l.json", likelihood.dump()), "l").contains("costs"));
}

TEST_F(ReportEvaluationsTest, AnotherContentIsAnError) {
  const std::string page = path("page.html").string();
  for (const char* content : {"[]", "{\"kind\": \"other\"}", "{\"tasks\": 3}", "{\"tasks\": [1]}",
                              "{\"kind\": \"samples\", \"steps\": []}", "no json"}) {
    const auto file = put("bad.json", content);
    EXPECT_THAT(error_of(1, {"report", file.string(), "--output", page}),
                StartsWith("bad.json: expected the result of an evaluation"))
        << content;
  }
  EXPECT_FALSE(std::filesystem::exists(page));
}

TEST_F(ReportEvaluationsTest, ThePageIsTheSameEachTime) {
  put("eval/tuned/scores.json", kScores);
  const auto page = [&](const std::string& name) {
    out_of({"report", path("eval/tuned").string(), "--output", path(name).string()});
    return read(path(name));
  };
  const std::string first = page("a.html");
  EXPECT_EQ(page("b.html"), first);
  EXPECT_THAT(first, HasSubstr("function draw_evaluations("));
  EXPECT_THAT(first, HasSubstr(R"("kind":"scores")"));
}

}  // namespace
}  // namespace tess2::app
