// `likelihood`, from the command line to tables and files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class LikelihoodCommandTest : public CommandTest {
 protected:
  LikelihoodCommandTest()
      : data_(write("texts.jsonl",
                    "{\"text\":\"the cat sat on the mat\"}\n{\"text\":\"a small dog\"}\n"
                    "{\"text\":\"the user asks and the assistant answers\"}\n")) {}
  std::vector<std::string> likelihood(const std::string& model,
                                      const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"likelihood", "-q", "-m", model, "--data", data_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  json figures(const std::string& model, std::vector<std::string> more) const {
    more.insert(more.end(), {"--output", path("out.json").string()});
    out_of(likelihood(model, more));
    return json::parse(read(path("out.json")));
  }

  std::string data_;
};

TEST_F(LikelihoodCommandTest, AnAutoregressiveModelIsExact) {
  const std::string twin = make_causal();
  const std::string table = out_of(likelihood(twin, {"--ar"}));
  EXPECT_THAT(table, testing::StartsWith("3 texts, "));
  EXPECT_THAT(table, HasSubstr("\nperplexity a word   "));
  const json found = figures(twin, {"--ar"});
  EXPECT_EQ(found["bound"], false);
  EXPECT_TRUE(found["levels"].empty());
  // `generate --score` tells the same of one text, whose end is not scored there.
  const json one = figures(twin, {"--ar", "--set", "limit=1", "--set", "length=5"});
  EXPECT_EQ(one["tokens"], 4);
  EXPECT_EQ(one["cut_texts"], 1);
  EXPECT_TRUE(one["per_token"]["low"].is_null());
}

TEST_F(LikelihoodCommandTest, ADiffusionModelHasLevelsAndABound) {
  const std::string tuned = make_diffusion();
  const std::vector<std::string> how{"--set", "levels=4", "--set", "timesteps=200"};
  const std::string table = out_of(likelihood(tuned, how));
  EXPECT_THAT(table, HasSubstr("self-c."));
  EXPECT_THAT(table, HasSubstr("\nperplexity a token  at most"));
  const json found = figures(tuned, how);
  ASSERT_EQ(found["levels"].size(), 4U);
  EXPECT_EQ(found["levels"][3]["to"], 1.0);
  // Fresh small weights predict nearly nothing: close to the logarithm of the vocabulary.
  const double nats = std::log(321.0);
  EXPECT_NEAR(found["levels"][3]["loss"]["value"].get<double>(), nats, 0.5);
  EXPECT_NEAR(found["nats_per_token"]["value"].get<double>(), nats, 1.0);
  EXPECT_EQ(figures(tuned, how), found) << "the same seed";
  EXPECT_NE(
      figures(tuned, {"--set", "levels=4", "--set", "timesteps=200", "--seed", "1"})["levels"],
      found["levels"]);
  const json plain = figures(
      tuned, {"--set", "levels=4", "--set", "timesteps=200", "--set", "self_condition=false"});
  EXPECT_FALSE(plain["levels"][0].contains("self_loss"));
  EXPECT_EQ(plain["levels"][0]["bound"], found["levels"][0]["bound"]);
}

TEST_F(LikelihoodCommandTest, PaddingIsPredictedWhereThatIsAskedFor) {
  const std::string tuned = make_diffusion();
  const std::vector<std::string> how{"--set", "levels=2", "--set", "length=40"};
  std::vector<std::string> padded = how;
  padded.insert(padded.end(), {"--set", "pad=true"});
  const json bare = figures(tuned, how), filled = figures(tuned, padded);
  EXPECT_EQ(bare["tokens"], filled["tokens"]);
  EXPECT_GT(filled["nats_per_token"]["value"].get<double>(),
            bare["nats_per_token"]["value"].get<double>());
}

TEST_F(LikelihoodCommandTest, WhatIsWrongIsOneLine) {
  const std::string tuned = make_diffusion();
  EXPECT_EQ(error_of(2, {"likelihood", "--data", data_}),
            "--model: expected a checkpoint's folder, found nothing");
  EXPECT_EQ(error_of(2, {"likelihood", "-m", tuned}), "--data: expected a file, found nothing");
  EXPECT_THAT(error_of(1, likelihood(tuned, {"--ar"})), HasSubstr("leave out --ar"));
  EXPECT_THAT(error_of(1, likelihood(make_causal())), HasSubstr("use --ar"));
  EXPECT_THAT(error_of(2, likelihood(tuned, {"--set", "levels=9", "--set", "timesteps=4"})),
              HasSubstr("levels: expected 1 to 3 for 4 timesteps, found 9"));
  EXPECT_THAT(error_of(2, likelihood(tuned, {"--set", "given=1"})), HasSubstr("given"));
  EXPECT_THAT(error_of(1, {"likelihood", "-m", tuned, "--data", write("bad.jsonl", "{\"x\":1}\n")}),
              HasSubstr("bad.jsonl: line 1: expected `text`, `messages`"));
}

}  // namespace
}  // namespace tess2::app
