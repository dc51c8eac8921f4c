#include "app/eval_tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"
#include "eval/harness/judge_stand_in.h"
#include "support/shared_data.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class EvalTasksTest : public CommandTest {
 protected:
  EvalTasksTest() {
    std::string lines;
    for (int i = 0; i < 4; ++i) {
      lines += R"({"question": "What is )" + std::to_string(i) + R"(?", "answer": "It is.\n#### )" +
               std::to_string(i) + "\"}\n";
    }
    put("data/gsm8k/test.jsonl", lines);
    put("data/gsm8k/train.jsonl.gz", lines);
    put("data/alpaca_eval/alpaca_eval.json",
        R"([{"instruction": "Say hi.", "output": "reference", "dataset": "koala"},
            {"instruction": "Say ho.", "output": "reference", "dataset": "koala"}])");
    put("data/humaneval/HumanEval.jsonl.gz",
        R"({"task_id": "T/1", "prompt": "def one():\n", "entry_point": "one", )"
        R"("canonical_solution": "    return 1\n", "test": "def check(f):\n    assert f() == 1\n"})"
        "\n");
  }

  void put(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(path(name).parent_path());
    write(name, content);
  }
  std::vector<std::string> eval(const std::string& model, const std::string& task,
                                const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"eval",        "-q",
                                       "-m",          model,
                                       "--task",      task,
                                       "--output",    path("out").string(),
                                       "--data-root", path("data").string(),
                                       "--set",       "steps=2",
                                       "--set",       "answer_tokens=4"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  nlohmann::json scores() const { return nlohmann::json::parse(read(path("out/scores.json"))); }
  nlohmann::json record(const std::string& task, std::size_t line = 0) const {
    std::istringstream in(read(path("out/" + task + "/records-1-of-1.jsonl")));
    std::string text;
    for (std::size_t i = 0; i <= line; ++i) std::getline(in, text);
    return nlohmann::json::parse(text);
  }
};

TEST_F(EvalTasksTest, AsksADiffusionModelAndKeepsEveryRecord) {
  const std::string table = out_of(eval(make_diffusion(), "gsm8k", {"--seed", "3"}));
  EXPECT_THAT(table, StartsWith("task   measure     score  95 % interval     records   steps\n"
                                "gsm8k  accuracy "));
  EXPECT_EQ(scores()["tasks"][0]["complete"], true);
  EXPECT_EQ(scores()["tasks"][0]["measures"][0]["records"], 4);
  const auto kept = record("gsm8k");
  EXPECT_EQ(kept["seed"], 3);
  EXPECT_EQ(kept["steps"], 2);
  EXPECT_EQ(kept["gold"]["answer"], "0");
  EXPECT_EQ(kept["shots"], 3);
  EXPECT_TRUE(kept["verdict"].is_array());
}

TEST_F(EvalTasksTest, AsksAnAutoregressiveModelAlike) {
  out_of(eval(make_causal(), "gsm8k", {"--ar", "--greedy"}));
  const auto kept = record("gsm8k");
  EXPECT_LE(kept["steps"], 4);
  EXPECT_THAT(kept["prompt"].get<std::string>(),
              HasSubstr("Question: What is 0?\n<|assistant|>\nAnswer:"));
}

TEST_F(EvalTasksTest, TheSameSeedGivesTheSameOutputsInAnyBatch) {
  const std::string model = make_diffusion();
  out_of(eval(model, "gsm8k", {"--set", "batch=1"}));
  const auto one = record("gsm8k", 3);
  std::filesystem::remove_all(path("out"));
  out_of(eval(model, "gsm8k", {"--set", "batch=4"}));
  EXPECT_EQ(record("gsm8k", 3)["output"], one["output"]);
}

TEST_F(EvalTasksTest, SyntheticInstructionsAreAskedAsWithData) {
  const std::string model = make_diffusion();
  std::string lines;
  for (const char* word : {"cat", "dog"}) {
    lines += std::string(R"({"messages":[{"role":"user","content":"Say )") + word +
             R"("}],"task":"copy","answer":")" + word + "\"}\n";
  }
  put("data/instructions.test.jsonl", lines);
  const std::string replies = path("replies.jsonl").string();
  out_of({"eval", "-q", "-m", model, "--data", path("data/instructions.test.jsonl").string(),
          "--set", "length=40", "--set", "steps=2", "--seed", "4", "--output", replies});
  out_of({"eval", "-q", "-m", model, "--task", "synth", "--data-root", path("data").string(),
          "--set", "length=40", "--set", "steps=2", "--seed", "4", "--output",
          path("out").string()});
  std::istringstream in(read(replies));
  std::string line;
  for (std::size_t i = 0; i < 2; ++i) {
    std::getline(in, line);
    EXPECT_EQ(record("synth", i)["output"], nlohmann::json::parse(line)["reply"]);
  }
}

TEST_F(EvalTasksTest, AShardIsNoScore) {
  const std::string model = make_diffusion();
  EXPECT_THAT(out_of(eval(model, "gsm8k", {"--shard", "1/2"})),
              HasSubstr("\ngsm8k  no score: 2 of 4 records are answered\n"));
  EXPECT_EQ(scores()["tasks"][0]["complete"], false);
  EXPECT_FALSE(scores()["tasks"][0].contains("measures"));
  EXPECT_THAT(out_of({"eval", "-q", "--rescore", path("out").string()}),
              HasSubstr("no score: 2 of 4 records"));
  EXPECT_THAT(out_of(eval(model, "gsm8k", {"--shard", "2/2"})), HasSubstr("\ngsm8k  accuracy "));
  EXPECT_EQ(scores()["tasks"][0]["complete"], true);
}

TEST_F(EvalTasksTest, ScoresAreDerivedAgainWithoutAModel) {
  const std::string table = out_of(eval(make_diffusion(), "gsm8k"));
  EXPECT_EQ(out_of({"eval", "-q", "--rescore", path("out").string()}), table);
  auto changed = record("gsm8k");
  changed["output"] = "so it is 0";
  std::string lines = changed.dump() + "\n";
  for (std::size_t i = 1; i < 4; ++i) lines += record("gsm8k", i).dump() + "\n";
  write("out/gsm8k/records-1-of-1.jsonl", lines);
  EXPECT_THAT(out_of({"eval", "-q", "--rescore", path("out").string()}), HasSubstr("25.0 %"));
}

TEST_F(EvalTasksTest, ProgramsAreOnlyRunWhereThatIsAskedFor) {
  const std::string model = make_diffusion();
  EXPECT_THAT(out_of(eval(model, "humaneval")),
              HasSubstr("no score: 1 of 1 records have no verdict: its programs are only run with "
                        "--run-generated-programs"));
  EXPECT_TRUE(record("humaneval")["verdict"].is_null());
}

TEST_F(EvalTasksTest, NothingIsSentWithoutAJudge) {
  const eval::JudgeStandIn judge(eval::prefer("Answer A"));
  const std::string model = make_diffusion();
  EXPECT_THAT(out_of(eval(model, "alpaca_eval")),
              HasSubstr("its judge is only asked with --judge"));
  EXPECT_TRUE(judge.requests().empty());
  const auto outputs = nlohmann::json::parse(read(path("out/alpaca_eval/model_outputs.json")));
  EXPECT_EQ(outputs[0]["generator"], "tuned");
  EXPECT_EQ(outputs[1]["instruction"], "Say ho.");
}

TEST_F(EvalTasksTest, AJudgeGivesTheWinRate) {
  const eval::JudgeStandIn judge([](const std::string& asked, httplib::Response& response) {
    eval::say(asked.find("reference") < asked.find("Answer B:") ? "B" : "A", response);
  });
  const std::string model = make_diffusion();
  const std::string key = write("key", "secret\n");
  EXPECT_THAT(out_of(eval(model, "alpaca_eval",
                          {"--judge", judge.url(), "--judge-model", "j", "--judge-key", key})),
              HasSubstr("\nalpaca_eval  win_rate  100.0 % "));
  EXPECT_EQ(judge.authorization(), "Bearer secret");
  EXPECT_EQ(judge.requests().size(), 2U);
  EXPECT_THAT(out_of({"eval", "-q", "--rescore", path("out").string()}),
              HasSubstr("win_rate  100.0 % "));
  EXPECT_EQ(judge.requests().size(), 2U);
  EXPECT_THAT(read(path("out/alpaca_eval/run.json")), Not(HasSubstr("secret")));
}

TEST_F(EvalTasksTest, ABadJudgeIsAFailureAndTheAnswersAreKept) {
  const std::string model = make_diffusion();
  {
    const eval::JudgeStandIn judge(
        [](const std::string&, httplib::Response& response) { eval::say("well", response); });
    EXPECT_EQ(
        error_of(1, eval(model, "alpaca_eval", {"--judge", judge.url(), "--judge-model", "j"})),
        "out/alpaca_eval/records-1-of-1.jsonl: line 1: judge " + judge.url() +
            ": expected A, B or TIE, found well");
  }
  const eval::JudgeStandIn slow([](const std::string&, httplib::Response& response) {
    std::this_thread::sleep_for(std::chrono::seconds(1));
    eval::say("A", response);
  });
  EXPECT_EQ(error_of(1, eval(model, "alpaca_eval",
                             {"--judge", slow.url(), "--judge-model", "j", "--set",
                              "judge_timeout=0.25"})),
            "out/alpaca_eval/records-1-of-1.jsonl: line 1: judge " + slow.url() +
                ": no answer within 0.25 s");
  EXPECT_EQ(record("alpaca_eval")["index"], 0);
}

TEST_F(EvalTasksTest, ARunOnlyGoesOnWithItsOwnSettings) {
  const std::string model = make_diffusion();
  out_of(eval(model, "gsm8k"));
  EXPECT_THAT(error_of(1, eval(model, "gsm8k", {"--set", "top_p=0.5"})),
              StartsWith("out/gsm8k/run.json: settings: expected "));
  EXPECT_THAT(error_of(1, eval(model, "gsm8k", {"--seed", "9"})),
              StartsWith("out/gsm8k/run.json: seed: expected 9 of this run"));
}

TEST_F(EvalTasksTest, WhatIsWrongIsToldBeforeTheWork) {
  const std::string model = make_diffusion();
  EXPECT_EQ(error_of(2, eval(model, "gsm8")), "--task: unknown task 'gsm8' (did you mean gsm8k?)");
  EXPECT_EQ(error_of(1, eval(model, "squad")),
            "data/squad/dev-v1.1.json: cannot be opened: No such file or directory");
  EXPECT_EQ(error_of(kWrongUsage, {"eval", "-q", "-m", model, "--task", "squad", "--data-root",
                                   path("none").string()}),
            "--data-root: expected the folder of the tasks' data (docs/evaluation.md), found none "
            "at none");
  const std::string mine = write("mine.yaml", "metric: bbh\nsteps: 3\n");
  EXPECT_THAT(error_of(2, eval(model, mine)), StartsWith("mine.yaml: line 2: unknown key steps"));
  put("data/gsm8k/test.jsonl",
      "{\"question\": \"q\", \"answer\": \"#### 1\"}\n{\"question\": \"q\"}\n");
  EXPECT_EQ(error_of(1, eval(model, "gsm8k")),
            "data/gsm8k/test.jsonl: line 2: answer: expected a string, found nothing");
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(EvalTasksTest, OptionsThatContradictEachOther) {
  const auto error = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments{"eval"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return error_of(2, arguments);
  };
  EXPECT_EQ(error({"--task", "bbh", "--data", "x"}), "--data: not with --task or --rescore");
  EXPECT_EQ(error({"--task", "bbh", "--rescore", "x"}), "--rescore: not with --task");
  EXPECT_EQ(error({"--task", "bbh", "--summary"}), "--summary: not with --task or --rescore");
  EXPECT_EQ(error({"--shard", "1/2"}), "--shard: needs --task");
  EXPECT_EQ(error({"--judge", "http://x"}), "--judge: needs --task or --rescore");
  EXPECT_EQ(error({"--task", "bbh", "--judge", "http://x"}),
            "--judge-model: expected a name, found nothing");
  EXPECT_EQ(error({"--task", "bbh", "--judge-key", "x"}), "--judge-key: needs --judge");
  EXPECT_EQ(error_of(1, {"eval", "--rescore", path("data").string()}),
            "data: it holds no records of a task");
}

// Of a model of chance no score but near zero is to be had; that it gets one is what counts.
TEST_F(EvalTasksTest, TheTasksRunOnTheRealData) {
  TESS2_SHARED_OR_SKIP(shared, "data");
  auto arguments = eval(make_diffusion(), "gsm8k,gsm8k_symbolic,ifeval,bbh",
                        {"--set", "limit=1", "--set", "length=1024", "--set", "steps=1"});
  std::ranges::replace(arguments, path("data").string(), shared.string());
  const std::string table = out_of(arguments);
  for (const char* line : {"\nbbh ", "\n  word_sorting ", "\ngsm8k ", "\ngsm8k_symbolic ",
                           "\nifeval                                     prompt_strict "}) {
    EXPECT_THAT(table, HasSubstr(line));
  }
}

}  // namespace
}  // namespace tess2::app
