#include "model/transformer.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "model/canvas_test_support.h"
#include "model_test_support.h"
#include "support/temporary_folder.h"

namespace tess2::model {
namespace {

using at::Tensor;
using test_support::error_of;
using test_support::random_ids;
using test_support::random_numbers;
using test_support::relative_difference;

constexpr std::int64_t kLength = 24;

Config lively_config(std::int64_t layers = 2) {
  Config config = test::small_config(ModelKind::kCausal);
  config.num_hidden_layers = layers;
  config.initializer_range = 0.5;
  return config;
}

/// Which positions [L] of the output change with the input vector at `position`.
Tensor influence_of(const Config& config, const AttentionPattern& pattern, std::int64_t position) {
  const Weights weights = make_weights(config, 1);
  const Tensor x = random_numbers({1, kLength, config.hidden_size}, 2);
  Tensor moved = x.clone();
  moved.select(1, position).add_(random_numbers({config.hidden_size}, 3));
  const Tensor before = run_backbone(config, weights.backbone, x, pattern);
  const Tensor after = run_backbone(config, weights.backbone, moved, pattern);
  return before.ne(after).any(2).squeeze(0);
}

/// True in [first, last], false elsewhere in [0, L).
Tensor between(std::int64_t first, std::int64_t last) {
  const Tensor positions = at::arange(kLength, at::kLong);
  return positions.ge(first).logical_and(positions.le(last));
}

TEST(Transformer, EverythingSeesEverythingUnlessCausal) {
  const Config config = lively_config();
  EXPECT_TRUE(influence_of(config, bidirectional_pattern(config), 9).all().item<bool>());
  EXPECT_TRUE(influence_of(config, causal_pattern(config), 9).equal(between(9, kLength - 1)));
}

TEST(Transformer, SlidingWindowBoundsBothSides) {
  Config config = lively_config(1);
  config.sliding_window = 4;
  EXPECT_TRUE(influence_of(config, bidirectional_pattern(config), 9).equal(between(6, 12)));
  EXPECT_TRUE(influence_of(config, causal_pattern(config), 9).equal(between(9, 12)));
  config.num_hidden_layers = 2;
  EXPECT_TRUE(influence_of(config, bidirectional_pattern(config), 9).equal(between(3, 15)));
}

TEST(Transformer, BlocksThatAddNothingLeaveTheNormedInput) {
  const Config config = lively_config();
  Weights weights = make_weights(config, 1);
  for (Layer& layer : weights.backbone.layers) {
    layer.o_proj.zero_();
    layer.down_proj.zero_();
  }
  weights.backbone.norm.fill_(2.0);
  const Tensor x = random_numbers({2, kLength, config.hidden_size}, 2);
  const Tensor hidden = run_backbone(config, weights.backbone, x, {});
  const Tensor expected =
      x * 2.0 / at::sqrt(x.square().mean(2, /*keepdim=*/true) + config.rms_norm_eps);
  EXPECT_LT(relative_difference(hidden, expected), 1e-6);
}

/// In double every operation is the composed one, so this compares all kernels as they are joined.
TEST(Transformer, KernelsJoinedEqualTheCompositionInDouble) {
  Config config = lively_config(3);
  config.sliding_window = 10;
  Weights weights = make_weights(config, 1);
  const Tensor x = random_numbers({3, 70, config.hidden_size}, 2);
  const Tensor found = run_backbone(config, weights.backbone, x, causal_pattern(config));
  for_each_parameter(weights, config,
                     [](const std::string&, Tensor& weight) { weight = weight.to(at::kDouble); });
  const Tensor expected =
      run_backbone(config, weights.backbone, x.to(at::kDouble), causal_pattern(config));
  ASSERT_EQ(expected.scalar_type(), at::kDouble);
  EXPECT_LT(relative_difference(found, expected), 1e-5);
}

TEST(Transformer, GroupedHeadsEqualRepeatedOnes) {
  const Config grouped = lively_config();
  ASSERT_LT(grouped.num_key_value_heads, grouped.num_attention_heads);
  Config full = grouped;
  full.num_key_value_heads = full.num_attention_heads;
  const Weights weights = make_weights(grouped, 1);
  Weights repeated = weights;
  const auto repeat = [&](const Tensor& projection) {
    return projection.view({grouped.num_key_value_heads, grouped.head_dim, -1})
        .repeat_interleave(grouped.num_attention_heads / grouped.num_key_value_heads, 0)
        .flatten(0, 1);
  };
  for (Layer& layer : repeated.backbone.layers) {
    layer.k_proj = repeat(layer.k_proj);
    layer.v_proj = repeat(layer.v_proj);
  }
  const Tensor x = random_numbers({1, kLength, grouped.hidden_size}, 2);
  EXPECT_LT(relative_difference(run_backbone(grouped, weights.backbone, x, {}),
                                run_backbone(full, repeated.backbone, x, {})),
            1e-6);
}

TEST(Transformer, OnlyDistancesBetweenPositionsMatter) {
  Config config = lively_config(1);
  config.sliding_window = 3;
  const Weights weights = make_weights(config, 1);
  const Tensor x = random_numbers({1, kLength, config.hidden_size}, 2);
  const AttentionPattern pattern = bidirectional_pattern(config);
  const Tensor whole = run_backbone(config, weights.backbone, x, pattern);
  const Tensor tail = run_backbone(config, weights.backbone, x.narrow(1, 8, kLength - 8), pattern);
  // Away from the new beginning the window holds the same vectors.
  EXPECT_LT(relative_difference(tail.narrow(1, 2, 14), whole.narrow(1, 10, 14)), 1e-5);
  EXPECT_GT(relative_difference(tail.narrow(1, 0, 1), whole.narrow(1, 8, 1)), 1e-3);
}

TEST(Transformer, ACacheContinuesWhereItStopped) {
  Config config = lively_config();
  for (const std::optional<std::int64_t> window : {std::optional<std::int64_t>(), {5}}) {
    config.sliding_window = window;
    const Weights weights = make_weights(config, 1);
    const Tensor x = random_numbers({2, kLength, config.hidden_size}, 2);
    const AttentionPattern pattern = causal_pattern(config);
    KeyValueCache cache(config.num_hidden_layers);
    std::vector<Tensor> parts;
    for (const auto& [first, count] : {std::pair{0, 10}, {10, 1}, {11, 1}, {12, 12}}) {
      EXPECT_EQ(cache.length(), first);
      parts.push_back(
          run_backbone(config, weights.backbone, x.narrow(1, first, count), pattern, &cache));
    }
    EXPECT_EQ(cache.length(), kLength);
    const Tensor whole = run_backbone(config, weights.backbone, x, pattern);
    EXPECT_LT(relative_difference(at::cat(parts, 1), whole), 1e-5);
  }
}

TEST(EmbedTokens, LooksUpRowsAndRefusesIdsOutside) {
  const Config config = lively_config();
  const Weights weights = make_weights(config, 1);
  const Tensor ids = random_ids({2, 5}, config.vocab_size, 4);
  const Tensor found = embed_tokens(weights.backbone, ids);
  EXPECT_EQ(found.sizes(), (at::IntArrayRef{2, 5, config.hidden_size}));
  EXPECT_TRUE(found[1][3].equal(weights.backbone.embed[ids[1][3].item<std::int64_t>()]));
  const auto problem = [&](std::int64_t id) {
    return error_of([&] { embed_tokens(weights.backbone, at::full({1, 2}, id, at::kLong)); });
  };
  EXPECT_EQ(problem(11), "token ids: expected 0 to 10, found 11");
  EXPECT_EQ(problem(-1), "token ids: expected 0 to 10, found -1");
}

TEST(EmbedTokens, RefusesANegativeIdAmongGoodOnes) {
  const Weights weights = make_weights(lively_config(), 1);
  const Tensor ids = at::tensor({3, -7, 10}, at::kLong).unsqueeze(0);
  EXPECT_EQ(error_of([&] { embed_tokens(weights.backbone, ids); }),
            "token ids: expected 0 to 10, found -7");
}

}  // namespace
}  // namespace tess2::model
