#include "app/batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"
#include "app/running_program.h"
#include "eval/answerer.h"

namespace tess2::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;

using Arguments = std::vector<std::string>;

class BatchTest : public CommandTest {
 protected:
  BatchTest() {
    std::string lines;
    for (int i = 0; i < 7; ++i) {
      lines += json{{"prompt", "cat " + std::to_string(i)}, {"id", i + 100}}.dump() + "\n";
    }
    lines += R"({"messages":[{"role":"user","content":"the dog"}],"seed":3})"
             "\n";
    input_ = write("prompts.jsonl", lines);
  }

  Arguments command(const std::string& model, const Arguments& more = {}) const {
    Arguments all{"generate", "-q",    "-m",        model,   "--input", input_,   "--output",
                  output_,    "--set", "length=40", "--set", "batch=3", "--seed", "5"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Arguments three_steps(const std::string& model, const Arguments& more = {}) const {
    Arguments all = command(model, {"--steps", "3"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  // What the output holds, without the times.
  std::vector<json> answers() const {
    std::vector<json> all;
    std::istringstream lines(read(output_));
    for (std::string line; std::getline(lines, line);) {
      all.push_back(json::parse(line));
      EXPECT_GE(all.back().at("seconds").get<double>(), 0.0);
      all.back().erase("seconds");
    }
    return all;
  }

  std::string input_;
  std::string output_ = path("answers.jsonl").string();
};

TEST_F(BatchTest, EachPromptHasTheAnswerThatItHasAlone) {
  const std::string model = make_diffusion();
  EXPECT_EQ(out_of(three_steps(model)), "");
  const auto all = answers();
  ASSERT_THAT(all, SizeIs(8));
  for (std::size_t i = 0; i < 7; ++i) {
    EXPECT_EQ(all[i].at("index"), i);
    EXPECT_EQ(all[i].at("id"), i + 100);
    EXPECT_EQ(all[i].at("prompt"), "cat " + std::to_string(i));
    EXPECT_EQ(all[i].at("seed"), eval::prompt_seed(5, i));
    EXPECT_EQ(all[i].at("steps"), 3);
    EXPECT_EQ(all[i].at("settings"), all[0].at("settings"));
  }
  EXPECT_EQ(all[7].at("messages")[0].at("content"), "the dog");
  EXPECT_EQ(all[7].at("seed"), 3);
  const Arguments alone{"generate", "-q", "-m",     model, "--set",    "length=40",
                        "--steps",  "3",  "--seed", "3",   "--prompt", "the dog"};
  EXPECT_EQ(out_of(alone), all[7].at("text").get<std::string>() + "\n");
  Arguments ids = alone;
  ids.push_back("--ids");
  EXPECT_EQ(out_of(ids), ids_text(all[7].at("tokens").get<std::vector<text::TokenId>>()) + "\n");
}

TEST_F(BatchTest, BatchAndThreadsChangeNothing) {
  const std::string model = make_diffusion();
  out_of(three_steps(model, {"--threads", "1"}));
  const auto expected = answers();
  std::filesystem::remove(output_);
  out_of(three_steps(model, {"--threads", "2", "--set", "batch=8"}));
  EXPECT_EQ(answers(), expected);
}

TEST_F(BatchTest, ARestartDoesWhatIsLeft) {
  const std::string model = make_diffusion();
  out_of(three_steps(model));
  const auto expected = answers();
  const std::string whole = read(output_);
  const std::size_t fourth = whole.find("{\"index\":3");
  write("answers.jsonl", whole.substr(0, fourth + 20));
  out_of(three_steps(model));
  EXPECT_EQ(answers(), expected);
  EXPECT_EQ(read(output_).substr(0, fourth), whole.substr(0, fourth)) << "times and all";
  const std::string done = read(output_);
  out_of(three_steps(model));
  EXPECT_EQ(read(output_), done) << "nothing was left";
}

TEST_F(BatchTest, ARestartNeedsTheSameRun) {
  const std::string model = make_diffusion();
  out_of(three_steps(model));
  const std::string before = read(output_);
  const auto refusal = [&](const Arguments& more) {
    const std::string error = error_of(kFailed, three_steps(model, more));
    EXPECT_EQ(read(output_), before);
    return error;
  };
  EXPECT_THAT(refusal({"--set", "top_p=0.5"}), HasSubstr("answers.jsonl: line 1: settings: "));
  EXPECT_THAT(refusal({"--raw"}), HasSubstr("prompts.jsonl: line 8: messages: "));
  const auto config =
      eval::tiny_config(model::ModelKind::kDiffusion, *text::load_tokenizer(path("padded")));
  std::filesystem::remove_all(model);
  model::save_checkpoint(
      model, config, model::make_weights(config, 8), {},
      [&](const std::filesystem::path& aside) { text::copy_tokenizer(path("padded"), aside); });
  EXPECT_THAT(refusal({}), HasSubstr("line 1: settings: ")) << "another model";
  input_ = write("prompts.jsonl", "{\"prompt\":\"cat 0\",\"id\":100}\n{\"prompt\":\"no\"}\n");
  EXPECT_THAT(refusal({}), HasSubstr("answers.jsonl: line "));
}

TEST_F(BatchTest, TheSettingsThatAdaptAreNoted) {
  const std::string model = make_diffusion();
  out_of(command(model, {"--steps", "auto", "--set", "converge.stable_steps=1", "--set",
                         "converge.divergence=1000", "--set", "converge.schedule_steps=9"}));
  for (const json& answer : answers()) {
    EXPECT_GE(answer.at("steps"), 2);
    EXPECT_LE(answer.at("steps"), 9);
  }
}

TEST_F(BatchTest, TheAutoregressiveModelAnswersToo) {
  const std::string model = make_causal();
  out_of(command(model, {"--ar", "--max-new-tokens", "4"}));
  const auto all = answers();
  ASSERT_THAT(all, SizeIs(8));
  for (const json& answer : all) EXPECT_LE(answer.at("steps"), 4);
  EXPECT_EQ(out_of({"generate", "-q", "-m", model, "--ar", "--max-new-tokens", "4", "--prompt",
                    "the dog", "--seed", "3"}),
            all[7].at("text").get<std::string>() + "\n");
}

TEST_F(BatchTest, WhatIsWrongIsToldBeforeTheWork) {
  const std::string model = make_diffusion();
  input_ = write("bad.jsonl", "{\"prompt\":\"a\"}\n{\"promt\":\"b\"}\n");
  EXPECT_EQ(error_of(kFailed, command(model)),
            "bad.jsonl: line 2: expected either `prompt` or `messages`, found neither");
  input_ =
      write("long.jsonl", "{\"prompt\":\"a\"}\n{\"prompt\":\"" + std::string(60, 'x') + "\"}\n");
  EXPECT_THAT(error_of(kFailed, command(model)),
              MatchesRegex("long.jsonl: line 2: prompt: expected fewer tokens than `length` "
                           "\\(40\\), found [0-9]+"));
  EXPECT_FALSE(std::filesystem::exists(output_));
  input_ = path("missing.jsonl").string();
  EXPECT_EQ(error_of(kFailed, command(model)),
            "missing.jsonl: cannot be opened: No such file or directory");
}

TEST_F(BatchTest, OptionsThatContradictAreWrongUsage) {
  const std::string model = make_diffusion();
  for (const char* option : {"--live", "--ids", "--score"}) {
    EXPECT_EQ(error_of(kWrongUsage, command(model, {option})),
              std::string(option) + ": not with --input");
  }
  EXPECT_EQ(error_of(kWrongUsage, command(model, {"--prompt", "a"})), "--prompt: not with --input");
  EXPECT_EQ(error_of(kWrongUsage, {"generate", "-m", model, "--input", input_}),
            "--output: expected a file, found nothing");
  EXPECT_EQ(error_of(kWrongUsage, {"generate", "-m", model, "--output", output_}),
            "--input: expected a file, found nothing");
}

// Ends it between two answers and goes on.
TEST_F(BatchTest, ASignalEndsItSoThatItCanGoOn) {
  const Arguments run = command(make_diffusion(), {"--steps", "150", "--set", "batch=1"});
  {
    RunningProgram program(run);
    for (int i = 0; i < 4000 && read(output_).empty(); ++i) usleep(2000);
    program.send(SIGINT);
    EXPECT_EQ(program.wait(), kFailed);
  }
  const auto first = answers();
  ASSERT_GE(first.size(), 1U);
  EXPECT_LT(first.size(), 8U);
  out_of(run);
  const auto all = answers();
  ASSERT_THAT(all, SizeIs(8));
  EXPECT_TRUE(std::equal(first.begin(), first.end(), all.begin()));
}

}  // namespace
}  // namespace tess2::app
