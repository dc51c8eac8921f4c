// The shipped model does what its card says, on problems made with a seed that it never saw.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class ShippedModelTest : public CommandTest {
 protected:
  static std::string source(const std::string& name) {
    return (fs::path(TESS2_SOURCE_DIR) / name).string();
  }
  static std::string model() { return source("models/tess2-tiny"); }
  static std::string twin() { return source("models/tess2-tiny-ar"); }

  /// Held-out problems of a recipe: a folder that eval takes as --data-root.
  std::string problems(const std::string& recipe) const {
    out_of({"synth", "-q", path(recipe).string(), "-c", source("recipes/tiny/" + recipe + ".yaml"),
            "--seed", "97", "--set", "instructions=100", "--set", "instructions_held_out=600",
            "--set", "stories=1", "--set", "pairs=1", "--set", "stories_held_out=0", "--set",
            "pairs_held_out=0"});
    return path(recipe).string();
  }

  /// The scores of the first `limit` problems of each family.
  json scores(const std::string& data, const std::string& limit,
              std::vector<std::string> options) const {
    const fs::path output = path("scores" + std::to_string(++runs_));
    std::vector<std::string> arguments{"eval",        "-q", "--task",   "synth",
                                       "--data-root", data, "--output", output.string(),
                                       "--seed",      "1",  "--set",    "limit=" + limit};
    arguments.insert(arguments.end(), options.begin(), options.end());
    out_of(arguments);
    return json::parse(read(output / "scores.json"))["tasks"][0];
  }

  /// What answers to the first 48 problems cost under the twin, in nats a token: value, low, high.
  json cost(const std::string& data, std::vector<std::string> options) const {
    scores(data, "48", std::move(options));
    const fs::path file = path("cost.json");
    out_of({"likelihood", "-q", "-m", twin(), "--ar", "--data",
            path("scores" + std::to_string(runs_)).string(), "--output", file.string()});
    return json::parse(read(file))["nats_per_token"];
  }

  static double accuracy(const json& measures) { return measures[0]["score"]; }

 private:
  mutable int runs_ = 0;
};

TEST_F(ShippedModelTest, CopiesReversesAndSorts) {
  const json task = scores(problems("synth_words"), "40", {"-m", model()});
  for (const char* family : {"copy", "reverse", "sort"}) {
    EXPECT_GE(accuracy(task["subtasks"].at(family)), 0.9) << family;
  }
}

// Among these many: the first held-out ones ask above all for the letters of four words whose
// letters no training problem asks for, and a word is a single token.
TEST_F(ShippedModelTest, Counts) {
  const std::string data = problems("synth_count");
  const json task = scores(data, "200", {"-m", model(), "--set", "steps=20"});
  EXPECT_GE(accuracy(task["measures"]), 0.9);
}

TEST_F(ShippedModelTest, ReckonsWithTwoDigits) {
  const json task = scores(problems("synth_steps"), "30", {"-m", model()});
  EXPECT_GE(accuracy(task["measures"]), 0.7);
}

TEST_F(ShippedModelTest, WritesStoriesAroundGivenWordsInManyStepsOnly) {
  const std::string data = problems("synth");
  const auto measure = [&](const std::string& steps) {
    return scores(data, "24", {"-m", model(), "--set", "steps=" + steps})["measures"][0];
  };
  const json many = measure("100");
  const json few = measure("5");
  EXPECT_GE(many["score"].get<double>(), 0.5);
  EXPECT_GT(many["low"].get<double>(), few["high"].get<double>());
}

TEST_F(ShippedModelTest, StoriesAreAsLikelyAsTheTwinsOwn) {
  const std::string data = problems("synth");
  const json twins = cost(data, {"-m", twin(), "--ar"});
  const json own = cost(data, {"-m", model()});
  EXPECT_LE(own["value"].get<double>(), 1.1 * twins["value"].get<double>());
}

TEST_F(ShippedModelTest, FillsTheHolesOfStories) {
  const std::string texts = path("texts").string();
  out_of({"synth", "-q", texts, "--seed", "97", "--set", "stories=1", "--set",
          "stories_held_out=40", "--set", "instructions=1", "--set", "instructions_held_out=0",
          "--set", "pairs=1", "--set", "pairs_held_out=0"});
  const std::string table =
      out_of({"eval", "-q", "-m", model(), "--data", texts + "/stories.test.jsonl", "--seed", "1",
              "--set", "steps=20", "--set", "holes=[1, 4]"});
  for (const std::string count : {"1", "4"}) {
    std::smatch words;
    ASSERT_TRUE(std::regex_search(table, words, std::regex("\n" + count + R"( fixed\s+([\d.]+))")))
        << table;
    EXPECT_GE(std::stod(words[1]), 85.0) << table;
  }
}

TEST_F(ShippedModelTest, WhatItFillsInKeepsAStoryConsistent) {
  const std::string holes =
      out_of({"infill", "-q", "-m", model(), "--seed", "2", "--holes", "--text",
              "There was a little [[1]], and her name was Mia. She loved her red [[1]]. One day, "
              "the [[1]] fell on a stone and broke. She took it to Tom, who was by the [[1]]. Tom "
              "looked at the [[1]] and fixed it. Mia was very [[1]]."});
  EXPECT_TRUE(std::regex_match(holes, std::regex(R"(girl\n(\w+)\n\1\n\w+\n\1\nhappy\n)"))) << holes;
}

TEST_F(ShippedModelTest, ItsTwinAnswersToo) {
  const json task = scores(problems("synth_words"), "20", {"-m", twin(), "--ar", "--greedy"});
  EXPECT_GE(accuracy(task["measures"]), 0.8);
}

}  // namespace
}  // namespace tess2::app
