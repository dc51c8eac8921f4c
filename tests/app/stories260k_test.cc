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

}  // namespace
}  // namespace tess2::app
