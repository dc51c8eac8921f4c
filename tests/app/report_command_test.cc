// `report`, from the metrics of runs to the page.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"
#include "app/report_data.h"
#include "app/report_page.h"

namespace tess2::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class ReportTest : public CommandTest {
 protected:
  // Metrics of `steps` steps, whose losses are their numbers.
  void write_run(const std::string& name, int steps, const std::string& more = "") const {
    std::filesystem::create_directories(path(name));
    std::string lines;
    for (int step = 1; step <= steps; ++step) {
      json line{{"step", step},          {"loss", step},        {"learning_rate", 0.5},
                {"gradient_norm", 2},    {"tokens", 10 * step}, {"seconds", 36 * step},
                {"tokens_per_second", 7}};
      if (step % 2 == 0) {
        line["loss_by_level"] = {nullptr, step, 1, 1, 1, 1, 1, 1, 1, 1};
      }
      lines += line.dump() + "\n";
    }
    write(name + "/metrics.jsonl", lines + more);
  }
  json data_of(const std::string& name) const {
    return run_data(path(name) / "metrics.jsonl", name);
  }
};

TEST_F(ReportTest, AShortRunIsShownStepByStep) {
  write_run("run", 4);
  const json data = data_of("run");
  EXPECT_EQ(data["name"], "run");
  EXPECT_EQ(data["training"]["step"], (json{1, 2, 3, 4}));
  EXPECT_EQ(data["training"]["tokens"], (json{10, 20, 30, 40}));
  EXPECT_EQ(data["training"]["loss"], (json{1.0, 2.0, 3.0, 4.0}));
  EXPECT_EQ(data["training"]["learning_rate"], (json{0.5, 0.5, 0.5, 0.5}));
  EXPECT_NEAR(data["training"]["hours"][3].get<double>(), 0.04, 1e-12);
  EXPECT_EQ(data["levels"]["step"], (json{2, 4}));
  EXPECT_EQ(data["levels"]["loss"][1],
            (json{nullptr, 4.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0}));
}

TEST_F(ReportTest, ALongRunIsShownInMeans) {
  write_run("run", 2400);
  const json data = data_of("run");
  ASSERT_EQ(data["training"]["step"].size(), kCurvePoints);
  EXPECT_EQ(data["training"]["step"][1], 6);
  EXPECT_EQ(data["training"]["loss"][1], 5.0);
  EXPECT_EQ(data["training"]["step"].back(), 2400);
  EXPECT_EQ(data["levels"]["loss"].size(), 120u);
  EXPECT_EQ(data["levels"]["loss"][0][1], 11.0);  // the mean of 2, 4, ..., 20
}

TEST_F(ReportTest, ValidationsAndSamplesAreKeptApart) {
  write_run("run", 1,
            R"({"step":0,"validation":{"loss":3.5,"accuracy":0.5}})"
            "\n"
            R"({"step":1,"validation":{"loss":3.0,"accuracy":0.75}})"
            "\n"
            R"({"step":1,"samples":[{"given":"a","text":"b"}]})"
            "\n");
  const json data = data_of("run");
  EXPECT_EQ(data["training"]["step"], json{1});
  EXPECT_EQ(data["validation"]["loss"], (json{{"step", {0, 1}}, {"value", {3.5, 3.0}}}));
  EXPECT_EQ(data["validation"]["accuracy"]["value"], (json{0.5, 0.75}));
  EXPECT_EQ(data["samples"][0]["samples"][0]["text"], "b");
}

TEST_F(ReportTest, MarginsOfPairsAreShownStepByStep) {
  const std::string margins = R"({"margins":{"counts":[1,2],"first":-1,"width":0.5},"step":1})";
  write_run("run", 1,
            R"({"step":1,"margins":{"width":0.5,"first":-1,"counts":[1,2]}})"
            "\n");
  EXPECT_EQ(data_of("run")["margins"].dump(), "[" + margins + "]");
  write_run("other", 1);
  EXPECT_EQ(data_of("other")["margins"], json::array());
}

TEST_F(ReportTest, ALineThatIsBeingWrittenIsLeftOut) {
  write_run("run", 3, R"({"step":4,"lo)");
  EXPECT_EQ(data_of("run")["training"]["step"], (json{1, 2, 3}));
}

TEST_F(ReportTest, RunsAreNamedByWhatTellsThemApart) {
  for (const char* name : {"a/run", "b/run", "c"}) write_run(name, 1);
  const auto names = [&](const std::vector<std::filesystem::path>& runs) {
    std::vector<std::string> found;
    const json data = json::parse(report_data(runs));
    for (const json& run : data["runs"]) found.push_back(run["name"]);
    return found;
  };
  EXPECT_EQ(names({path("a/run"), path("c")}), (std::vector<std::string>{"run", "c"}));
  EXPECT_EQ(names({path("a/run/"), path("b/run")}), (std::vector<std::string>{"a/run", "b/run"}));
}

TEST_F(ReportTest, ThePageHoldsAllItNeedsAndNoMarkupFromTheData) {
  write_run("run", 2,
            "{\"step\":2,\"samples\":[{\"given\":\"/* style */\",\"text\":\"</script>\"}]}\n");
  const std::string file = path("page.html").string();
  EXPECT_EQ(out_of({"report", path("run").string(), "--output", file}), "report: " + file + "\n");
  const std::string page = read(file);
  EXPECT_THAT(page, HasSubstr("<!doctype html>"));
  EXPECT_THAT(page, HasSubstr(R"("text":"\u003c/script>")"));
  EXPECT_THAT(page, HasSubstr("function draw_chart("));
  EXPECT_THAT(page, HasSubstr("--run-0"));
  EXPECT_THAT(page, HasSubstr(R"("given":"/* style */")"));
  EXPECT_THAT(page, Not(HasSubstr("\"the data\"")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("href=")));
}

TEST_F(ReportTest, WhatIsNoRunIsNamed) {
  EXPECT_EQ(
      error_of(1, {"report", path("missing").string()}),
      "missing/metrics.jsonl: cannot be opened: no metrics of a run, and no scores beside it");
  write_run("run", 1, "[]\n{\"step\":2}\n");
  EXPECT_EQ(error_of(1, {"report", path("run").string()}),
            "run/metrics.jsonl: line 2: expected an object with the number of a step, found []");
  EXPECT_EQ(error_of(2, {"report"}), "RESULT: expected an argument, found nothing");
}

}  // namespace
}  // namespace tess2::app
