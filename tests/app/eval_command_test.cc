#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"
#include "data/json_lines.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class EvalCommandTest : public CommandTest {
 protected:
  EvalCommandTest() {
    std::string lines;
    for (const char* word : {"cat", "dog", "log"}) {
      lines += std::string(R"({"messages":[{"role":"user","content":"Say )") + word +
               R"("}],"task":"copy","answer":")" + word + "\"}\n";
    }
    data_ = write("data.jsonl", lines);
  }

  std::vector<std::string> eval(const std::string& model,
                                const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"eval", "-q",    "-m",        model,   "--data",
                                       data_,  "--set", "length=40", "--set", "steps=2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  std::vector<nlohmann::json> records(const std::string& file) const {
    std::vector<nlohmann::json> all;
    data::for_each_json_line(
        file, [&](const nlohmann::json& record, const data::LinePlace&) { all.push_back(record); });
    return all;
  }

  std::string data_;
};

TEST_F(EvalCommandTest, PrintsATableAndWritesEveryReply) {
  const std::string output = path("replies.jsonl").string();
  const std::string table = out_of(
      eval(make_diffusion(), {"--output", output, "--reward-model", make_reward(), "--seed", "5"}));
  EXPECT_THAT(table, HasSubstr("\ncopy       0      3      0.0 %    0.0 to  56.1 %     2.0\nall "));
  EXPECT_THAT(table, HasSubstr("\nmean reward "));
  const auto replies = records(output);
  ASSERT_EQ(replies.size(), 3U);
  EXPECT_EQ(replies[1]["prompt"], "Say dog");
  EXPECT_EQ(replies[1]["answer"], "dog");
  EXPECT_EQ(replies[1]["task"], "copy");
  EXPECT_EQ(replies[1]["steps"], 2);
  EXPECT_EQ(replies[0]["seed"], 5);
  EXPECT_TRUE(replies[1]["reward"].is_number());
}

TEST_F(EvalCommandTest, AReplyCanBeHadAgainWithItsSeed) {
  const std::string model = make_diffusion();
  const std::string output = path("replies.jsonl").string();
  out_of(eval(model, {"--output", output, "--set", "batch=2"}));
  const auto last = records(output)[2];
  EXPECT_EQ(out_of({"generate", "-q", "-m", model, "--set", "length=40", "--set", "steps=2",
                    "--seed", last["seed"].dump(), "--prompt", "Say log"}),
            last["reply"].get<std::string>() + "\n");
}

TEST_F(EvalCommandTest, HidesWordsAndFillsThemAgain) {
  const std::string model = make_diffusion();
  const std::string texts = write("texts.jsonl", "{\"text\":\"the cat sat on the mat\"}\n");
  const auto holes = [&](const std::string& counts) {
    return std::vector<std::string>{"eval", "-q",    "-m",      model,   "--data",
                                    texts,  "--set", "steps=2", "--set", "holes=" + counts};
  };
  const std::string table = out_of(holes("[1, 4]"));
  EXPECT_THAT(table, HasSubstr("holes "));
  EXPECT_THAT(table, HasSubstr("\n1 fixed "));
  EXPECT_THAT(table, HasSubstr("\n4 fixed "));
  EXPECT_EQ(error_of(kWrongUsage, holes("[0]")),
            "--set holes: expected list of texts of numbers from 1 to 1000, found [0]");
  auto summary = holes("[1]");
  summary.push_back("--summary");
  EXPECT_EQ(error_of(kWrongUsage, summary), "holes: not with --summary");
}

TEST_F(EvalCommandTest, TheSummaryIsForPrograms) {
  const std::string line = out_of(eval(make_causal(), {"--ar", "--summary", "--set", "limit=1"}));
  EXPECT_THAT(line, MatchesRegex(
                        "0\\.0000\t0\\.0000\t0\\.7935\t-\t[0-9]+\\.[0-9]{3}\t[0-9]+\\.[0-9]{2}\n"));
}

TEST_F(EvalCommandTest, WhatIsWrongIsToldBeforeTheWork) {
  const std::string model = make_diffusion();
  EXPECT_EQ(error_of(2, {"eval", "-m", model}), "--data: expected a file, found nothing");
  EXPECT_EQ(error_of(1, {"eval", "-m", model, "--data", path("missing.jsonl").string()}),
            "missing.jsonl: cannot be opened: No such file or directory");
  EXPECT_THAT(error_of(1, eval(model, {"--output", path("missing/out.jsonl").string()})),
              HasSubstr("missing/out.jsonl: "));
  EXPECT_THAT(error_of(1, eval(model, {"--set", "length=8"})),
              HasSubstr("data.jsonl: line 1: messages: expected a prompt of fewer tokens than "
                        "`length` (8), found "));
  EXPECT_EQ(error_of(1, {"eval", "-m", model, "--data",
                         write("bad.jsonl", R"({"messages":[{"role":"user","content":"a"}],)"
                                            R"("task":"cpy","answer":"a"})")}),
            "bad.jsonl: line 1: task: expected a known task, found unknown task 'cpy' (did you "
            "mean copy?)");
}

TEST_F(EvalCommandTest, AFullDiskUnderTheRepliesIsAFailure) {
  EXPECT_EQ(error_of(1, eval(make_diffusion(), {"--output", "/dev/full"})),
            "/dev/full: cannot be written: No space left on device");
}

}  // namespace
}  // namespace tess2::app
