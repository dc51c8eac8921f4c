// A real autoregressive model, against the values that its author's kind of program computed.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/app_test_support.h"
#include "support/shared_data.h"

namespace tess2::app {
namespace {

nlohmann::json expected_values(const std::filesystem::path& model) {
  std::ifstream in(model / "expected.json");
  return nlohmann::json::parse(in);
}

TEST(Stories260K, GreedyContinuationsAreExact) {
  TESS2_SHARED_OR_SKIP(model, "models/stories260K");
  const auto expected = expected_values(model);
  ASSERT_EQ(expected["greedy"].size(), 4U);
  for (const auto& one : expected["greedy"]) {
    const auto ids = one["greedy_ids"].get<std::vector<text::TokenId>>();
    const auto fresh = ids.size() - one["prompt_ids"].size();
    const Outcome outcome =
        run_tess2({"generate", "-m", model.string(), "--ar", "--greedy", "--raw", "--ids",
                   "--prompt", one["prompt"], "--max-new-tokens", std::to_string(fresh)});
    EXPECT_EQ(outcome.code, kDone) << outcome.err;
    EXPECT_EQ(outcome.out, ids_text(ids) + "\n") << one["prompt"];
  }
}

TEST(Stories260K, TheLikelihoodOfATextAgrees) {
  TESS2_SHARED_OR_SKIP(model, "models/stories260K");
  const auto expected = expected_values(model);
  const Outcome outcome = run_tess2(
      {"generate", "-m", model.string(), "--ar", "--raw", "--score", "--prompt", expected["text"]});
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_NEAR(std::stod(outcome.out), expected["mean_nll"].get<double>(), 1e-4);
}

using Stories260KAdapters = CommandTest;

/// The losses of validation in the metrics of a run, in order.
std::vector<double> validation_losses(const std::string& metrics) {
  std::vector<double> losses;
  std::istringstream lines(metrics);
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    if (json.contains("validation")) losses.push_back(json["validation"]["loss"]);
  }
  return losses;
}

TEST_F(Stories260KAdapters, AdaptersMakeADiffusionModelOfItThatCanBeMerged) {
  TESS2_SHARED_OR_SKIP(base, "models/stories260K");
  TESS2_SHARED_OR_SKIP(stories, "data/stories/valid.jsonl");
  std::vector<std::string> adapt{"adapt", "-q", "--seed", "1"};
  for (const std::string& setting :
       {"base=" + base.string(), "data.train=" + stories.string(),
        "data.validation=" + stories.string(), "data.output=" + path("lora").string(),
        std::string("length=64"), std::string("validation_rows=8"), std::string("loop.steps=40"),
        std::string("loop.batch_size=8"), std::string("loop.validate_every=0"),
        std::string("loop.learning_rate.peak=1e-2"), std::string("diffusion.samples=0"),
        std::string("diffusion.validation_timesteps=[250, 1000]"), std::string("lora.rank=8"),
        std::string("lora.dropout=0.05"),
        std::string("lora.targets=[q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, "
                    "down_proj]")}) {
    adapt.insert(adapt.end(), {"--set", setting});
  }
  out_of(adapt);
  const auto losses = validation_losses(read(path("lora/metrics.jsonl")));
  ASSERT_EQ(losses.size(), 2u);
  EXPECT_LT(losses[1], 0.8 * losses[0]);
  EXPECT_LT(std::filesystem::file_size(path("lora/adapter_model.safetensors")),
            std::filesystem::file_size(base / "model.safetensors") / 4);
  out_of({"merge", "-q", path("lora").string(), path("merged").string()});
  const auto answer = [&](const std::string& model) {
    return out_of({"generate", "-q", "-m", path(model).string(), "--raw", "--ids", "--prompt",
                   "Once upon a time", "--set", "length=64", "--set", "steps=5"});
  };
  EXPECT_EQ(answer("merged"), answer("lora"));
}

}  // namespace
}  // namespace tess2::app
