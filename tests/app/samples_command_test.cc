// `samples`, from the command line to tables and files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class SamplesCommandTest : public CommandTest {
 protected:
  SamplesCommandTest()
      : prompts_(write("prompts.jsonl",
                       "{\"prompt\":\"the cat\"}\n{\"prompt\":\"a dog\",\"seed\":9}\n")) {}
  std::vector<std::string> samples(const std::string& model,
                                   const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"samples", "-q",    "-m",        model,   "--data",
                                       prompts_,  "--set", "length=40", "--set", "steps=4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  json figures(std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--output", path("out.json").string()});
    out_of(arguments);
    return json::parse(read(path("out.json")));
  }

  std::string prompts_;
};

TEST_F(SamplesCommandTest, WatchesTheStepsAndAsksTheJudge) {
  const std::string tuned = make_diffusion();
  const std::string twin = make_causal();
  const std::string table = out_of(samples(tuned, {"--judge-model", twin}));
  EXPECT_THAT(table, HasSubstr("step       probability "));
  EXPECT_THAT(table, HasSubstr("\nunder " + twin + "\n"));
  const json found = figures(samples(tuned, {"--judge-model", twin}));
  ASSERT_EQ(found["steps"].size(), 4U);
  EXPECT_EQ(found["steps"][3]["settled"]["value"], 1.0);
  EXPECT_EQ(found["outputs"].size(), 2U);
  EXPECT_EQ(found["outputs"][1]["seed"], 9);
  EXPECT_GT(found["perplexity"]["per_token"]["value"].get<double>(), 1.0);
}

TEST_F(SamplesCommandTest, WritesWhatGenerateWrites) {
  const std::string tuned = make_diffusion();
  const json found = figures(samples(tuned, {"--seed", "3"}));
  const std::string answers = path("answers.jsonl").string();
  out_of({"generate", "-q", "-m", tuned, "--input", prompts_, "--output", answers, "--set",
          "length=40", "--set", "steps=4", "--seed", "3"});
  std::istringstream in(read(answers));
  std::string line;
  for (std::size_t i = 0; i < 2; ++i) {
    std::getline(in, line);
    EXPECT_EQ(found["outputs"][i]["text"], json::parse(line)["text"]);
  }
}

TEST_F(SamplesCommandTest, TextsThatAreThereNeedNoModel) {
  const std::string texts = write("texts.jsonl", "{\"text\":\"a b a b a b\"}\n{\"text\":\"c\"}\n");
  const std::string table = out_of({"samples", "--data", texts});
  EXPECT_THAT(table, HasSubstr("texts                           2, 2 of them different\n"));
  EXPECT_THAT(table, Not(HasSubstr("probability")));
  const json found = figures({"samples", "--data", texts, "--judge-model", make_causal()});
  EXPECT_TRUE(found["steps"].empty());
  EXPECT_NEAR(found["repetition"]["value"].get<double>(), 1.0 / 3, 1e-12);
  EXPECT_GT(found["perplexity"]["per_token"]["value"].get<double>(), 1.0);
}

TEST_F(SamplesCommandTest, RawPromptsAreGoneOnWith) {
  const std::string tuned = make_diffusion();
  const json dialogue = figures(samples(tuned));
  const json raw = figures(samples(tuned, {"--raw", "--judge-model", make_causal()}));
  EXPECT_NE(raw["outputs"], dialogue["outputs"]);
}

TEST_F(SamplesCommandTest, WhatIsWrongIsOneLine) {
  const std::string tuned = make_diffusion();
  EXPECT_EQ(error_of(2, {"samples", "-m", tuned}), "--data: expected a file, found nothing");
  EXPECT_EQ(error_of(2, {"samples", "--raw", "--data", prompts_}), "--raw: needs -m");
  EXPECT_EQ(error_of(2, samples(tuned, {"--set", "shrink=true"})),
            "block_length, shrink and commit: not here, where all places are watched to the end");
  EXPECT_EQ(error_of(2, samples(tuned, {"--data", prompts_})),
            "--data: expected one file of prompts with -m, found 2");
  EXPECT_EQ(error_of(1, samples(tuned, {"--set", "length=3"})).substr(0, 23),
            "prompts.jsonl: line 1: ");
  EXPECT_THAT(error_of(1, samples(tuned, {"--judge-model", tuned})), HasSubstr("leave out --ar"));
}

}  // namespace
}  // namespace tess2::app
