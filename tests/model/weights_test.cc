#include "model/weights.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/random.h"
#include "model_test_support.h"

namespace tess2::model {
namespace {

using test::small_config;

TEST(Weights, EverySlotHasTheShapeOfSectionSix) {
  const Config config = small_config(ModelKind::kDiffusion);
  Weights weights;
  std::vector<std::string> found;
  for (const WeightSlot& slot : weight_slots(weights, config)) {
    found.push_back(slot.name + " " + c10::str(at::IntArrayRef(slot.shape)));
  }
  EXPECT_EQ(found, (std::vector<std::string>{
                       "model.embed_tokens.weight [11, 8]",
                       "model.layers.0.input_layernorm.weight [8]",
                       "model.layers.0.self_attn.q_proj.weight [24, 8]",
                       "model.layers.0.self_attn.k_proj.weight [12, 8]",
                       "model.layers.0.self_attn.v_proj.weight [12, 8]",
                       "model.layers.0.self_attn.o_proj.weight [8, 24]",
                       "model.layers.0.post_attention_layernorm.weight [8]",
                       "model.layers.0.mlp.gate_proj.weight [20, 8]",
                       "model.layers.0.mlp.up_proj.weight [20, 8]",
                       "model.layers.0.mlp.down_proj.weight [8, 20]",
                       "model.norm.weight [8]",
                       "lm_head.weight [11, 8]",
                       "timestep_embed.weight [8, 1]",
                   }));
}

TEST(Weights, TheKindSaysTheHeads) {
  const auto heads = [](Config config) {
    const Weights weights = make_weights(config, 1);
    return std::vector<bool>{weights.lm_head.defined(), weights.timestep_embed.defined(),
                             weights.score.defined()};
  };
  Config config = small_config(ModelKind::kCausal);
  EXPECT_EQ(heads(config), (std::vector<bool>{true, false, false}));
  config.tie_word_embeddings = true;
  EXPECT_EQ(heads(config), (std::vector<bool>{false, false, false}));
  config.kind = ModelKind::kReward;
  EXPECT_EQ(heads(config), (std::vector<bool>{false, false, true}));
  config.kind = ModelKind::kDiffusion;
  EXPECT_EQ(heads(config), (std::vector<bool>{false, true, false}));
  config.disable_timestep_embed = true;
  EXPECT_EQ(heads(config), (std::vector<bool>{false, false, false}));
}

TEST(Weights, FreshOnesAreNormalAndNormsAreOne) {
  Config config = small_config(ModelKind::kCausal);
  config.vocab_size = 5000;
  config.initializer_range = 0.5;
  const Weights weights = make_weights(config, 3);
  EXPECT_TRUE(at::equal(weights.backbone.norm, at::ones({8})));
  EXPECT_TRUE(at::equal(weights.backbone.layers[0].input_norm, at::ones({8})));
  EXPECT_TRUE(at::equal(weights.backbone.layers[0].post_attention_norm, at::ones({8})));
  EXPECT_NEAR(weights.backbone.embed.std().item<double>(), 0.5, 0.01);
  EXPECT_NEAR(weights.backbone.embed.mean().item<double>(), 0.0, 0.01);
}

TEST(Weights, FreshOnesAreTheGeneratorsAtTheirPlace) {
  const Config config = small_config(ModelKind::kCausal);
  std::vector<float> expected(11 * 8);
  fill_normal(expected, 9, Stream::kInitialise, 0, 0);
  const at::Tensor embed = make_weights(config, 9).backbone.embed.flatten();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_FLOAT_EQ(embed[static_cast<std::int64_t>(i)].item<float>(), 0.02f * expected[i]);
  }
}

TEST(Weights, TheSeedDecides) {
  const Config config = small_config(ModelKind::kCausal);
  const Weights one = make_weights(config, 1), same = make_weights(config, 1),
                other = make_weights(config, 2);
  const auto layer = [](const Weights& weights) { return weights.backbone.layers[0]; };
  EXPECT_TRUE(at::equal(one.lm_head, same.lm_head));
  EXPECT_FALSE(at::equal(one.lm_head, other.lm_head));
  EXPECT_FALSE(at::equal(layer(one).k_proj, layer(one).v_proj));
}

TEST(Weights, OneWeightByItselfIsTheSame) {
  const Config config = small_config(ModelKind::kReward);
  const Weights weights = make_weights(config, 4);
  EXPECT_TRUE(at::equal(make_weight(config, "score.weight", 4), weights.score));
  EXPECT_THROW(make_weight(config, "lm_head.weight", 4), Error);
}

TEST(Weights, ParametersAreVisitedOnceAndMayBeReplaced) {
  const Config config = small_config(ModelKind::kDiffusion);
  Weights weights = make_weights(config, 1);
  std::set<std::string> names;
  std::int64_t count = 0;
  for_each_parameter(weights, config, [&](const std::string& name, at::Tensor& tensor) {
    EXPECT_TRUE(names.insert(name).second);
    count += tensor.numel();
    tensor = at::zeros_like(tensor);
  });
  EXPECT_EQ(names.size(), 13u);
  EXPECT_EQ(count, count_parameters(config));
  EXPECT_EQ(weights.backbone.layers[0].down_proj.abs().sum().item<float>(), 0.0f);
}

TEST(Weights, ATiedHeadIsTheEmbedding) {
  Config config = small_config(ModelKind::kCausal);
  const Weights untied = make_weights(config, 1);
  EXPECT_TRUE(head_weight(untied).is_same(untied.lm_head));
  config.tie_word_embeddings = true;
  const Weights tied = make_weights(config, 1);
  EXPECT_TRUE(head_weight(tied).is_same(tied.backbone.embed));
}

}  // namespace
}  // namespace tess2::model
