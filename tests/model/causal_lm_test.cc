#include "model/causal_lm.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/random.h"
#include "model/canvas_test_support.h"
#include "model/checkpoint.h"
#include "model_test_support.h"
#include "support/shared_data.h"
#include "support/temporary_folder.h"
#include "tensor/runtime.h"

namespace tess2::model {
namespace {

using at::Tensor;
using Ids = std::vector<std::int64_t>;
using test_support::error_of;
using test_support::random_ids;
using test_support::relative_difference;

Config lively_config() {
  Config config = test::small_config(ModelKind::kCausal);
  config.num_hidden_layers = 2;
  config.initializer_range = 0.5;
  return config;
}

CausalLM make_lm(const Config& config = lively_config()) {
  return {config, make_weights(config, 4)};
}

CausalGenerateSettings greedy(std::int64_t tokens) {
  CausalGenerateSettings settings;
  settings.max_new_tokens = tokens;
  settings.projection.top_p = 0.0;
  return settings;
}

CausalGenerateSettings sampled(std::int64_t tokens, std::uint64_t seed) {
  CausalGenerateSettings settings = greedy(tokens);
  settings.projection.top_p = 0.95;
  settings.seed = seed;
  return settings;
}

/// What `generate` must give: every token from the logits of all before it, without a cache.
Ids recomputed(const CausalLM& lm, Ids ids, const CausalGenerateSettings& settings) {
  for (std::int64_t i = 0; i < settings.max_new_tokens; ++i) {
    const auto position = static_cast<std::uint32_t>(ids.size());
    const Tensor logits = lm.logits(at::tensor(ids, at::kLong).unsqueeze(0))[0][-1];
    const auto uniform = [&](std::int64_t) {
      return uniform_at(settings.seed, Stream::kGenerate, 0, position);
    };
    ids.push_back(
        diffusion::project(logits.unsqueeze(0), settings.projection, uniform).item<std::int64_t>());
  }
  return ids;
}

/// -log p of the token at l + 1, [B, L-1], from the logits.
Tensor token_losses(const CausalLM& lm, const Tensor& ids) {
  const std::int64_t predicted = ids.size(1) - 1;
  const Tensor log_p = at::log_softmax(lm.logits(ids).to(at::kDouble), -1);
  return -log_p.narrow(1, 0, predicted)
              .gather(2, ids.narrow(1, 1, predicted).unsqueeze(2))
              .squeeze(2);
}

TEST(CausalLm, LogitsSeeNoLaterToken) {
  const CausalLM lm = make_lm();
  const Tensor ids = random_ids({2, 12}, 11, 1);
  Tensor changed = ids.clone();
  changed.narrow(1, 7, 5).add_(1).remainder_(11);
  const Tensor a = lm.logits(ids), b = lm.logits(changed);
  EXPECT_EQ(a.sizes(), (at::IntArrayRef{2, 12, 11}));
  EXPECT_TRUE(a.narrow(1, 0, 7).equal(b.narrow(1, 0, 7)));
  EXPECT_FALSE(a.select(1, 7).equal(b.select(1, 7)));
}

TEST(CausalLm, ATiedModelReadsLogitsFromItsEmbedding) {
  Config config = lively_config();
  config.tie_word_embeddings = true;
  const CausalLM tied = make_lm(config);
  Weights weights = make_weights(config, 4);
  weights.lm_head = weights.backbone.embed.clone();
  config.tie_word_embeddings = false;
  const CausalLM untied(config, weights);
  const Tensor ids = random_ids({1, 9}, 11, 1);
  EXPECT_TRUE(tied.logits(ids).equal(untied.logits(ids)));
}

TEST(CausalLm, LossIsTheMeanOverPredictedTokens) {
  const CausalLM lm = make_lm();
  const Tensor ids = random_ids({3, 10}, 11, 1);
  EXPECT_NEAR(lm.loss(ids).item<double>(), token_losses(lm, ids).mean().item<double>(), 1e-5);
}

TEST(CausalLm, LossOfCountedPositionsLeavesOutTheOthersAndTheFirst) {
  const CausalLM lm = make_lm();
  const Tensor ids = random_ids({3, 10}, 11, 1);
  Tensor counted = random_ids({3, 10}, 2, 2).to(at::kBool);
  counted.select(1, 0).fill_(true);
  const Tensor mask = counted.narrow(1, 1, 9);
  const double expected = token_losses(lm, ids).masked_select(mask).mean().item<double>();
  EXPECT_NEAR(lm.loss(ids, counted).item<double>(), expected, 1e-5);
}

TEST(CausalLm, LossIsDifferentiable) {
  const Config config = lively_config();
  CausalLM lm(config, test::trainable_weights(config, 4));
  const Tensor ids = random_ids({3, 10}, 11, 1);
  torch::autograd::backward({lm.loss(ids)}, {});
  const at::NoGradGuard no_grad;
  Tensor& weight = lm.weights().backbone.layers[0].v_proj;
  const Tensor direction = test_support::random_numbers(weight.sizes(), 5);
  const auto at_offset = [&](double offset) {
    weight.add_(direction, offset);
    const double loss = token_losses(lm, ids).mean().item<double>();
    weight.sub_(direction, offset);
    return loss;
  };
  const double numeric = (at_offset(1e-3) - at_offset(-1e-3)) / 2e-3;
  EXPECT_NEAR((weight.grad() * direction).sum().item<double>(), numeric, 2e-3);
}

TEST(CausalLm, NegativeLogLikelihoodSumsFromAPositionOn) {
  const CausalLM lm = make_lm();
  const Tensor ids = random_ids({1, 10}, 11, 1);
  const Ids row(ids.data_ptr<std::int64_t>(), ids.data_ptr<std::int64_t>() + 10);
  const Tensor losses = token_losses(lm, ids)[0];
  EXPECT_NEAR(lm.negative_log_likelihood(row, 1), losses.sum().item<double>(), 1e-4);
  EXPECT_NEAR(lm.negative_log_likelihood(row, 7), losses.narrow(0, 6, 3).sum().item<double>(),
              1e-4);
  EXPECT_EQ(lm.negative_log_likelihood(row, 10), 0.0);
}

TEST(CausalLm, TheCacheGivesWhatFullRecomputationGives) {
  Config config = lively_config();
  for (const std::optional<std::int64_t> window : {std::optional<std::int64_t>(), {6}}) {
    config.sliding_window = window;
    const CausalLM lm = make_lm(config);
    for (const auto& settings : {greedy(30), sampled(30, 7)}) {
      EXPECT_EQ(lm.generate({1, 5, 3}, settings), recomputed(lm, {1, 5, 3}, settings));
    }
  }
}

TEST(CausalLm, DrawsAreKeyedBySeedAndPosition) {
  const CausalLM lm = make_lm();
  const Ids whole = lm.generate({1, 5, 3}, sampled(20, 7));
  const Ids half(whole.begin(), whole.begin() + 13);
  EXPECT_EQ(lm.generate(half, sampled(10, 7)), whole);
  EXPECT_NE(lm.generate({1, 5, 3}, sampled(20, 8)), whole);
}

TEST(CausalLm, GeneratesTheSameTokensForAnyNumberOfThreads) {
  const CausalLM lm = make_lm();
  tensor::set_threads(1);
  const Ids one = lm.generate({1, 5, 3}, sampled(40, 7));
  tensor::set_threads(2);
  const Ids two = lm.generate({1, 5, 3}, sampled(40, 7));
  tensor::set_threads(0);
  EXPECT_EQ(one, two);
}

TEST(CausalLm, StopsAfterAStopTokenAndTellsEachToken) {
  const CausalLM lm = make_lm();
  const Ids prompt{1, 5, 3};
  const Ids whole = lm.generate(prompt, sampled(20, 7));
  CausalGenerateSettings settings = sampled(20, 7);
  settings.stop_ids = {whole[6]};
  Ids told;
  const Ids stopped =
      lm.generate(prompt, settings, [&](std::int64_t token) { told.push_back(token); });
  const auto end = std::find(whole.begin() + 3, whole.end(), whole[6]) + 1;
  EXPECT_EQ(stopped, Ids(whole.begin(), end));
  EXPECT_EQ(told, Ids(whole.begin() + 3, end));
}

TEST(CausalLm, RefusesAnEmptyPrompt) {
  const CausalLM lm = make_lm();
  EXPECT_EQ(error_of([&] { lm.generate({}, greedy(3)); }),
            "empty prompt: expected at least one token");
}

/// A real model and what the reference makes of it.
class Stories260K : public ::testing::Test {
 protected:
  static CausalLM load(const std::filesystem::path& folder) {
    Checkpoint checkpoint = load_checkpoint(folder, ModelKind::kCausal);
    return {checkpoint.config, checkpoint.weights};
  }
  static nlohmann::json expected(const std::filesystem::path& folder) {
    std::ifstream file(folder / "expected.json");
    return nlohmann::json::parse(file);
  }
};

TEST_F(Stories260K, GreedyContinuationsAreThoseOfTheReference) {
  TESS2_SHARED_OR_SKIP(folder, "models/stories260K");
  const CausalLM lm = load(folder);
  const auto cases = expected(folder)["greedy"];
  ASSERT_FALSE(cases.empty());
  for (const auto& entry : cases) {
    const Ids prompt = entry["prompt_ids"], whole = entry["greedy_ids"];
    const auto tokens = static_cast<std::int64_t>(whole.size() - prompt.size());
    EXPECT_EQ(lm.generate(prompt, greedy(tokens)), whole) << entry["prompt"];
  }
}

TEST_F(Stories260K, MeanNegativeLogLikelihoodIsThatOfTheReference) {
  TESS2_SHARED_OR_SKIP(folder, "models/stories260K");
  const auto reference = expected(folder);
  const Ids ids = reference["text_ids"];
  const double mean =
      load(folder).negative_log_likelihood(ids, 1) / static_cast<double>(ids.size() - 1);
  EXPECT_NEAR(mean, reference["mean_nll"].get<double>(), 1e-4);
}

}  // namespace
}  // namespace tess2::model
