#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

using QuantizeCommandTest = CommandTest;

TEST_F(QuantizeCommandTest, APackedModelAnswersEverywhereAModelIsAskedFor) {
  const std::string model = make_diffusion();
  for (const char* type : {"bf16", "q8", "q4"}) {
    const std::string packed = path(type).string();
    EXPECT_EQ(out_of({"quantize", "-q", model, packed, "--type", type}),
              "checkpoint: " + packed + "\n");
    EXPECT_THAT(out_of({"inspect", packed}), HasSubstr(std::string("packed as ") + type));
    const std::vector<std::string> generate{"generate", "-q",    "-m",       packed,
                                            "--ids",    "--set", "steps=4",  "--prompt",
                                            "the cat",  "--set", "length=40"};
    const std::string answer = out_of(generate);
    EXPECT_EQ(out_of(generate), answer) << "the same seed";
    EXPECT_THAT(
        out_of({"infill", "-q", "-m", packed, "--text", "the [[2]] sat", "--set", "steps=3"}),
        HasSubstr(" sat"));
  }
}

TEST_F(QuantizeCommandTest, Bf16GivesTheTokensOfTheFloatModel) {
  const std::string model = make_diffusion();
  const std::string packed = path("bf16").string();
  out_of({"quantize", "-q", model, packed, "--type", "bf16"});
  const auto ids = [&](const std::string& folder) {
    return out_of({"generate", "-q", "-m", folder, "--ids", "--set", "steps=1", "--greedy",
                   "--prompt", "the cat", "--set", "length=40"});
  };
  EXPECT_EQ(ids(packed), ids(model));
}

TEST_F(QuantizeCommandTest, APromptCacheTellsItsDrift) {
  const std::string packed = path("q8").string();
  out_of({"quantize", "-q", make_deep_diffusion(), packed});
  const std::string input = write("prompts.jsonl", "{\"prompt\": \"the cat\"}\n");
  const auto answer = [&](const std::string& name, const std::string& cache) {
    const std::string output = path(name).string();
    out_of({"generate", "-q", "-m", packed, "--input", input, "--output", output, "--set",
            "steps=6", "--set", "length=40", "--prompt-cache", cache});
    return nlohmann::json::parse(read(output));
  };
  EXPECT_FALSE(answer("exact.jsonl", "1").contains("prompt_drift"));
  const auto kept = answer("kept.jsonl", "2");
  EXPECT_GT(kept["prompt_drift"], 0.0);
  EXPECT_LT(kept["prompt_drift"], 1.0);
  EXPECT_THAT(error_of(kWrongUsage, {"generate", "-q", "-m", path("deep").string(), "--prompt", "a",
                                     "--prompt-cache", "2"}),
              HasSubstr("prompt_cache: needs a packed model (tess2 quantize)"));
}

TEST_F(QuantizeCommandTest, RefusesWhatItCannotPack) {
  const std::string model = make_diffusion();
  const std::string out = path("out").string();
  EXPECT_EQ(error_of(kWrongUsage, {"quantize", "-q", model, out, "--type", "q5"}),
            "--type: expected bf16, q8 or q4, found q5");
  EXPECT_EQ(error_of(kWrongUsage, {"quantize", "-q", model, model}),
            "OUT: expected another folder than IN, which is never changed");
  EXPECT_THAT(error_of(kFailed, {"quantize", "-q", make_causal(), out}),
              HasSubstr("expected a diffusion model, found an autoregressive model"));
  out_of({"quantize", "-q", model, out});
  EXPECT_THAT(error_of(kFailed, {"quantize", "-q", out, path("again").string()}),
              HasSubstr("quantization_config: expected none"));
  EXPECT_FALSE(std::filesystem::exists(path("again")));
}

TEST_F(QuantizeCommandTest, ATruncatedPackedFileIsOneLine) {
  const std::string out = path("out").string();
  out_of({"quantize", "-q", make_diffusion(), out});
  const auto file = path("out") / "model.safetensors";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  EXPECT_THAT(error_of(kFailed, {"generate", "-q", "-m", out, "--prompt", "the cat"}),
              HasSubstr("out/model.safetensors"));
}

}  // namespace
}  // namespace tess2::app
