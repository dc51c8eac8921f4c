#include "app/eval_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

class EvalSweepTest : public CommandTest {
 protected:
  EvalSweepTest() {
    std::string lines;
    for (const char* word : {"cat", "dog", "mat"}) {
      lines += std::string(R"({"messages":[{"role":"user","content":"Say )") + word +
               R"("}],"task":"copy","answer":")" + word + "\"}\n";
    }
    data_ = write("words.jsonl", lines);
  }
  std::vector<std::string> sweep(const std::string& model,
                                 const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{
        "eval",   "-q", "-m",    model,       "--data", data_,    "--output", path("out").string(),
        "--seed", "4",  "--set", "length=40", "--set",  "steps=2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  json read_json(const std::string& name) const { return json::parse(read(path(name))); }
  json record(const std::string& folder, int line) const {
    std::istringstream in(read(path("out/" + folder + "/words/records-1-of-1.jsonl")));
    std::string text;
    for (int i = 0; i <= line; ++i) std::getline(in, text);
    return json::parse(text);
  }

  std::string data_;
};

TEST_F(EvalSweepTest, EachPointIsARunOfItsOwn) {
  const std::string table =
      out_of(sweep(make_diffusion(), {"--sweep", "steps=1,3", "--sweep", "top_p=0.5,0.9"}));
  EXPECT_THAT(table, HasSubstr("\nwords  steps=1,top_p=0.5  accuracy "));
  EXPECT_THAT(table, HasSubstr("\nwords  steps=3,top_p=0.9  accuracy "));
  EXPECT_EQ(record("steps=1,top_p=0.5", 2)["steps"], 1);
  EXPECT_EQ(record("steps=3,top_p=0.5", 0)["steps"], 3);
  EXPECT_THAT(
      read_json("out/steps=3,top_p=0.9/words/run.json")["settings_yaml"].get<std::string>(),
      testing::AllOf(HasSubstr("steps: 3\n"), HasSubstr("top_p: 0.9\n"), HasSubstr("seed: 4\n")));
  const json sweep = read_json("out/sweep.json");
  ASSERT_EQ(sweep["points"].size(), 4U);
  EXPECT_EQ(sweep["points"][2]["settings"], (json{{"steps", 3}, {"top_p", 0.5}}));
  EXPECT_EQ(sweep["points"][2]["tasks"][0]["measures"][0]["records"], 3);
}

TEST_F(EvalSweepTest, APointAnswersAsItDoesAlone) {
  const std::string model = make_diffusion();
  out_of(sweep(model, {"--sweep", "steps=3"}));
  const std::string replies = path("replies.jsonl").string();
  out_of({"eval", "-q", "-m", model, "--data", data_, "--seed", "4", "--set", "length=40", "--set",
          "steps=3", "--output", replies});
  std::istringstream in(read(replies));
  std::string line;
  for (int i = 0; i < 3; ++i) {
    std::getline(in, line);
    EXPECT_EQ(record("steps=3", i)["output"], json::parse(line)["reply"]);
  }
}

TEST_F(EvalSweepTest, TheSameCommandGoesOnAndOthersAreRefused) {
  const std::string model = make_diffusion();
  const std::string table = out_of(sweep(model, {"--sweep", "steps=1,3"}));
  const std::string file = "out/steps=1/words/records-1-of-1.jsonl";
  const std::string kept = read(path(file));
  write(file, kept.substr(0, kept.find('\n') + 1));
  EXPECT_EQ(out_of(sweep(model, {"--sweep", "steps=1,3"})), table);
  EXPECT_EQ(record("steps=1", 2)["output"],
            json::parse(kept.substr(kept.rfind('\n', kept.size() - 2)))["output"]);
  EXPECT_THAT(error_of(1, sweep(model, {"--sweep", "steps=1", "--set", "top_p=0.3"})),
              StartsWith("out/steps=1/words/run.json: settings: expected "));
}

TEST_F(EvalSweepTest, IsDerivedAgainFromItsRecords) {
  const std::string table = out_of(sweep(make_diffusion(), {"--sweep", "steps=1,3"}));
  const std::string file = read(path("out/sweep.json"));
  EXPECT_EQ(out_of({"eval", "-q", "--rescore", path("out").string()}), table);
  EXPECT_EQ(read(path("out/sweep.json")), file);
}

TEST_F(EvalSweepTest, GuidanceIsSweptWithItsReward) {
  const std::string table = out_of(
      sweep(make_diffusion(), {"--reward-model", make_reward(), "--sweep", "guidance.scale=0,8"}));
  EXPECT_THAT(table, HasSubstr("\n  mean reward "));
  const json points = read_json("out/sweep.json")["points"];
  double mean = 0.0;
  for (int i = 0; i < 3; ++i) mean += record("guidance.scale=8", i)["reward"].get<double>() / 3;
  EXPECT_NEAR(points[1]["tasks"][0]["reward"]["value"].get<double>(), mean, 1e-9);
}

TEST_F(EvalSweepTest, TheRewardOfARecordIsThatOfItsDialogue) {
  const std::string model = make_diffusion();
  const std::string reward = make_reward();
  out_of(sweep(model, {"--reward-model", reward, "--sweep", "steps=2"}));
  const std::string replies = path("replies.jsonl").string();
  out_of({"eval", "-q", "-m", model, "--reward-model", reward, "--data", data_, "--seed", "4",
          "--set", "length=40", "--set", "steps=2", "--output", replies});
  const json first = json::parse(read(replies).substr(0, read(replies).find('\n')));
  EXPECT_NEAR(record("steps=2", 0)["reward"].get<double>(), first["reward"].get<double>(), 1e-5);
}

TEST_F(EvalSweepTest, WhatIsWrongIsToldBeforeTheWork) {
  const std::string model = make_diffusion();
  const auto error = [&](const std::string& text) {
    return error_of(2, sweep(model, {"--sweep", text}));
  };
  EXPECT_EQ(error("step=1"), "--sweep step: unknown key (did you mean steps?)");
  EXPECT_EQ(error("sampler=ddpm,ddim"),
            "--sweep: expected a setting that is a number, found sampler");
  EXPECT_THAT(error("steps=5,0"), HasSubstr("expected integer >= 1, found 0"));
  EXPECT_EQ(error("steps"), "--sweep: expected KEY=VALUE,VALUE,..., found steps");
  EXPECT_EQ(error_of(2, {"eval", "-m", model, "--sweep", "steps=1"}),
            "--sweep: needs --data or --task");
  EXPECT_EQ(error_of(2, sweep(model, {"--sweep", "steps=1", "--summary"})),
            "--summary: not with --sweep");
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

}  // namespace
}  // namespace tess2::app
