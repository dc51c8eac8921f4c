#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

class BenchCommandTest : public CommandTest {
 protected:
  static std::vector<std::string> bench(const std::vector<std::string>& more) {
    std::vector<std::string> all{"bench", "-q",      "--set", "length=128",
                                 "--set", "steps=3", "--set", "requests=2"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

// bench_serve itself fails where the three ways answer differently.
TEST_F(BenchCommandTest, MeasuresTheSameAnswersInThreeWays) {
  const std::string output = path("bench.json").string();
  const std::string text = out_of(bench({"--serve", "-m", make_diffusion(), "--output", output}));
  EXPECT_THAT(text, HasSubstr("canvas 128, 3 steps, 2 requests each"));
  for (const char* name : {"bare sampler", "served, a reply", "served, every canvas",
                           "first canvas after", "between canvases"}) {
    EXPECT_THAT(text, HasSubstr(name));
  }
  const auto json = nlohmann::json::parse(read(output));
  EXPECT_EQ(json["steps"], 3);
  EXPECT_GT(json["bare"]["median_ms"], 0.0);
  EXPECT_GE(json["streamed"]["median_ms"], json["first_event"]["median_ms"]);
  EXPECT_GT(json["between_events"]["p90_ms"], 0.0);
  EXPECT_TRUE(json["served_overhead"].is_number());
}

TEST_F(BenchCommandTest, MeasuresTrainingStepsAgainstBareProducts) {
  const std::string output = path("bench.json").string();
  std::vector<std::string> small{"bench",    "-q",        "--train", "--hidden", "64",
                                 "--layers", "1",         "--vocab", "1000",     "--batch",
                                 "2",        "--repeats", "2",       "--set",    "length=64"};
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> all = small;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const std::string text = out_of(with({"--output", output, "--checkpointing"}));
  for (const char* part : {"2 x 2 sequences a step, bf16, activation checkpointing",
                           "raw bf16 products", "blocks, forward and backward", "vocabulary work",
                           "optimiser", "waiting for data", "of the raw rate: "}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  const auto json = nlohmann::json::parse(read(output));
  ASSERT_EQ(json["steps"].size(), 2);
  for (const auto& step : json["steps"]) {
    const double parts = step["vocabulary_seconds"].get<double>() +
                         step["optimizer_seconds"].get<double>() +
                         step["data_seconds"].get<double>();
    EXPECT_LT(parts, step["seconds"].get<double>());
    EXPECT_GT(step["flops"], 0.0);
  }
  EXPECT_GT(json["ratio_to_raw"], 0.0);
  EXPECT_THAT(out_of(with({"--type", "float32"})), HasSubstr("sequences a step, float32"));
  EXPECT_EQ(error_of(kWrongUsage, with({"--type", "q8"})),
            "--type: expected float32 or bf16, found q8");
  const auto refused = [&](const char* option, const char* value) {
    return error_of(kWrongUsage, {"bench", "-q", "--train", option, value});
  };
  EXPECT_EQ(refused("--hidden", "65"), "--hidden: expected a multiple of 64, found 65");
  EXPECT_EQ(refused("--vocab", "100"), "--vocab: expected 600 or more, found 100");
  EXPECT_EQ(refused("--batch", "0"), "--batch: expected integer >= 1, found 0");
  EXPECT_THAT(error_of(kWrongUsage, with({"--serve"})), HasSubstr("expected one of"));
}

TEST_F(BenchCommandTest, MeasuresAStepOfAPackedModelAgainstBareProducts) {
  const std::string packed = path("packed").string();
  out_of({"quantize", "-q", make_diffusion(), packed});
  const std::string output = path("bench.json").string();
  const std::string text =
      out_of(bench({"-m", packed, "--span", "32", "--repeats", "2", "--output", output}));
  EXPECT_THAT(text, HasSubstr("canvas 128, span 32"));
  EXPECT_THAT(text, HasSubstr("of the raw rate: "));
  const auto json = nlohmann::json::parse(read(output));
  EXPECT_EQ(json["step_seconds"].size(), 2);
  EXPECT_GT(json["raw_flops"], 0.0);
  EXPECT_GT(json["ratio_to_raw"], 0.0);
  EXPECT_GT(json["ratio_to_raw_own"], 0.0);
  out_of(bench(
      {"-m", packed, "--span", "32", "--repeats", "2", "--reuse-prompt", "--output", output}));
  EXPECT_LT(nlohmann::json::parse(read(output))["raw_flops"], json["raw_flops"]);
  EXPECT_EQ(error_of(kWrongUsage, bench({"--serve", "-m", packed, "--reuse-prompt"})),
            "--reuse-prompt: not with --serve");
  EXPECT_THAT(error_of(kWrongUsage, bench({"-m", packed, "--span", "128"})),
              HasSubstr("span: expected fewer positions"));
}

TEST_F(BenchCommandTest, TooLittleMemoryIsToldBeforeAnyIsTaken) {
  EXPECT_THAT(error_of(kFailed, bench({"--shape", "mistral-7b", "--layers", "1000"})),
              testing::MatchesRegex("memory: the weights in q8 need 2[0-9]+\\.[0-9] GB, and "
                                    "[0-9.]+ GB are free"));
}

TEST_F(BenchCommandTest, APromptThatFillsTheCanvasIsRefused) {
  EXPECT_THAT(
      error_of(kWrongUsage, bench({"--serve", "-m", make_diffusion(), "--set", "length=8"})),
      HasSubstr("prompt: expected fewer tokens than the canvas (8), found "));
}

TEST_F(BenchCommandTest, SaysWhatIsMissing) {
  EXPECT_EQ(error_of(kWrongUsage, bench({})),
            "bench: expected --shape, --model, --train or --serve, found nothing to measure");
  EXPECT_EQ(error_of(kWrongUsage, bench({"--shape", "gpt"})),
            "--shape: expected mistral-7b, found gpt");
  EXPECT_EQ(error_of(kWrongUsage, bench({"--type", "q8", "--serve"})), "--type: needs --shape");
  EXPECT_THAT(error_of(kFailed, bench({"-m", make_diffusion()})),
              HasSubstr("make one with `tess2 quantize`"));
  EXPECT_EQ(error_of(kWrongUsage, bench({"--serve"})),
            "--model: expected a checkpoint's folder, found nothing");
}

}  // namespace
}  // namespace tess2::app
