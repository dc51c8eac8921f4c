#include "model/lora.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/error.h"
#include "model/canvas_test_support.h"
#include "model/ops.h"
#include "model/transformer.h"
#include "model_test_support.h"
#include "support/temporary_folder.h"
#include "tensor/runtime.h"

namespace tess2::model {
namespace {

using at::Tensor;
using test::small_config;
using test::wide_config;
using test_support::error_of;
using test_support::random_numbers;
using test_support::relative_difference;

const std::vector<std::string> kAllMaps = {"q_proj",    "k_proj",  "v_proj",   "o_proj",
                                           "gate_proj", "up_proj", "down_proj"};

LoraConfig lora_config(double dropout = 0.0) {
  LoraConfig config;
  config.rank = 3;
  config.alpha = 6.0;
  config.dropout = dropout;
  config.targets = kAllMaps;
  return config;
}

/// Adapters whose B is not zero.
Adapters lively_adapters(const Config& config, const LoraConfig& lora, std::uint64_t seed = 1) {
  Adapters adapters = make_adapters(config, lora, seed);
  for (const WeightSlot& slot : adapter_slots(adapters, config)) {
    *slot.tensor = random_numbers(slot.shape, ++seed) * 0.3;
  }
  return adapters;
}

Weights with_adapters(Weights weights, const Adapters& adapters) {
  weights.backbone.adapters = std::make_shared<Adapters>(adapters);
  return weights;
}

Tensor hidden_of(const Config& config, const Weights& weights, const Tensor& x) {
  return run_backbone(config, weights.backbone, x, bidirectional_pattern(config));
}

TEST(LoraConfig, TheScaleIsAlphaOverTheRankOrOverItsRoot) {
  LoraConfig config = lora_config();
  EXPECT_DOUBLE_EQ(config.scale(), 2.0);
  config.root_scale = true;
  EXPECT_DOUBLE_EQ(config.scale(), 6.0 / std::sqrt(3.0));
}

TEST(Lora, ModulesAreNamedByTheEndsOfTheirNames) {
  EXPECT_TRUE(is_module("model.layers.0.self_attn.q_proj", "q_proj"));
  EXPECT_TRUE(is_module("model.layers.0.self_attn.q_proj", "self_attn.q_proj"));
  EXPECT_TRUE(is_module("score", "score"));
  EXPECT_FALSE(is_module("model.layers.0.self_attn.q_proj", "proj"));
  EXPECT_FALSE(is_module("model.layers.0.self_attn.q_proj", ""));
  EXPECT_EQ(module_of("lm_head.weight"), "lm_head");
  LoraConfig config;
  config.modules_to_save = {"embed_tokens"};
  EXPECT_TRUE(is_saved_whole("model.embed_tokens.weight", config));
  EXPECT_FALSE(is_saved_whole("lm_head.weight", config));
}

TEST(Lora, EachTargetOfEachBlockHasMatricesOfItsShapeUnderPeftsNames) {
  const Config config = wide_config(ModelKind::kDiffusion);  // H 96, A D 128, K D 64, two layers
  LoraConfig lora = lora_config();
  lora.targets = {"v_proj", "mlp.down_proj"};
  Adapters adapters = make_adapters(config, lora, 1);
  const auto slots = adapter_slots(adapters, config);
  ASSERT_EQ(slots.size(), 8u);
  EXPECT_EQ(slots[0].name, "base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight");
  EXPECT_EQ(slots[1].name, "base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight");
  EXPECT_EQ(slots[7].name, "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight");
  EXPECT_EQ(slots[0].shape, (std::vector<std::int64_t>{3, 96}));
  EXPECT_EQ(slots[1].shape, (std::vector<std::int64_t>{64, 3}));
  EXPECT_EQ(slots[6].shape, (std::vector<std::int64_t>{3, 260}));
  for (const auto& slot : slots) EXPECT_EQ(slot.tensor->sizes(), slot.shape) << slot.name;
}

TEST(Lora, AIsAFunctionOfTheSeedAndTheMapAndBIsZero) {
  const Config config = wide_config(ModelKind::kCausal);
  LoraConfig few = lora_config();
  few.targets = {"up_proj"};
  Adapters all = make_adapters(config, lora_config(), 1), some = make_adapters(config, few, 1);
  Adapters other = make_adapters(config, lora_config(), 2);
  const auto up = [](const Adapters& adapters, std::size_t i) {
    return adapters.maps.backbone.layers[i].up_proj;
  };
  EXPECT_TRUE(up(some, 1).a.equal(up(all, 1).a));
  EXPECT_FALSE(up(some, 1).a.equal(up(all, 0).a));
  EXPECT_FALSE(up(some, 1).a.equal(up(other, 1).a));
  EXPECT_FALSE(some.maps.backbone.layers[0].q_proj.defined());
  EXPECT_EQ(up(all, 0).b.abs().max().item<float>(), 0.0f);
  EXPECT_NEAR(up(all, 0).a.std().item<double>(), 1.0 / std::sqrt(3.0 * 96.0), 0.01);
}

TEST(Lora, ATargetThatIsNoMapIsRefusedWithTheNearest) {
  LoraConfig lora = lora_config();
  lora.targets = {"q_proj", "vproj"};
  EXPECT_EQ(error_of([&] { make_adapters(small_config(ModelKind::kCausal), lora, 1); }),
            "lora.targets: expected linear maps of the blocks, found vproj (did you mean v_proj?)");
  lora.targets = {"lm_head"};
  EXPECT_THAT(error_of([&] { make_adapters(small_config(ModelKind::kCausal), lora, 1); }),
              ::testing::StartsWith("lora.targets: expected linear maps of the blocks, found lm"));
}

TEST(Lora, BeginsAtTheBaseBitForBit) {
  const Config config = wide_config(ModelKind::kDiffusion);
  const Weights weights = make_weights(config, 3);
  const Tensor x = random_numbers({2, 70, config.hidden_size}, 4);
  const Tensor expected = hidden_of(config, weights, x);
  const Adapters fresh = make_adapters(config, lora_config(0.5), 1);
  EXPECT_TRUE(hidden_of(config, with_adapters(weights, fresh), x).equal(expected));
  Weights merged = weights;
  Adapters same = fresh;
  merge_adapters(merged, same, config);
  EXPECT_TRUE(hidden_of(config, merged, x).equal(expected));
}

TEST(Lora, MergedAndUnmergedGiveTheSameOutputs) {
  const Config config = wide_config(ModelKind::kCausal);
  const Weights weights = make_weights(config, 3);
  Adapters adapters = lively_adapters(config, lora_config());
  const Tensor x = random_numbers({2, 70, config.hidden_size}, 4);
  const Tensor beside = hidden_of(config, with_adapters(weights, adapters), x);
  Weights merged = weights;
  merge_adapters(merged, adapters, config);
  EXPECT_LT(relative_difference(hidden_of(config, merged, x), beside), 1e-4);
  EXPECT_GT(relative_difference(hidden_of(config, weights, x), beside), 0.05);
  EXPECT_TRUE(merged.backbone.embed.is_same(weights.backbone.embed));
  EXPECT_FALSE(merged.backbone.layers[0].q_proj.is_same(weights.backbone.layers[0].q_proj));
}

TEST(Lora, MergingKeepsTheNumberType) {
  const Config config = small_config(ModelKind::kCausal);
  Weights weights = make_weights(config, 3);
  for_each_parameter(weights, config,
                     [](const std::string&, Tensor& weight) { weight = weight.to(at::kBFloat16); });
  const Tensor before = weights.backbone.layers[0].q_proj.to(at::kFloat);
  Adapters adapters = lively_adapters(config, lora_config());
  merge_adapters(weights, adapters, config);
  const Tensor& after = weights.backbone.layers[0].q_proj;
  EXPECT_EQ(after.scalar_type(), at::kBFloat16);
  const LoraAdapter& q = adapters.maps.backbone.layers[0].q_proj;
  const Tensor expected = (before + 2.0 * at::mm(q.b, q.a)).to(at::kBFloat16);
  EXPECT_TRUE(after.equal(expected));
}

/// A map of 5 inputs and 4 outputs with an adapter, whose three matrices are float64.
struct DoubleMap {
  explicit DoubleMap(double dropout) {
    adapters.config = lora_config(dropout);
    adapters.seed = 5;
    map = {
        random_numbers({4, 5}, 1).to(at::kDouble),
        {random_numbers({3, 5}, 2).to(at::kDouble), random_numbers({4, 3}, 3).to(at::kDouble), 2},
        &adapters,
        true};
  }

  double loss(const Tensor& x) const {
    return adapted_linear(x, map).square().sum().item<double>();
  }

  Adapters adapters;
  AdaptedLinear map;
};

/// The gradient of `loss` by every entry of `x`, from differences.
Tensor by_differences(Tensor& x, const std::function<double()>& loss) {
  constexpr double kStep = 1e-5;
  Tensor gradient = at::zeros_like(x);
  double* value = x.data_ptr<double>();
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const double kept = value[i];
    value[i] = kept + kStep;
    const double above = loss();
    value[i] = kept - kStep;
    gradient.data_ptr<double>()[i] = (above - loss()) / (2 * kStep);
    value[i] = kept;
  }
  return gradient;
}

TEST(Lora, GradientsAreThoseOfFiniteDifferencesAndNoneReachesTheFrozenMap) {
  for (const double dropout : {0.0, 0.4}) {
    DoubleMap one(dropout);
    Tensor x = random_numbers({2, 3, 5}, 4).to(at::kDouble);
    std::vector<Tensor> leaves{x, one.map.adapter.a, one.map.adapter.b};
    std::vector<Tensor> expected;
    for (Tensor& leaf : leaves)
      expected.push_back(by_differences(leaf, [&] { return one.loss(x); }));
    for (Tensor& leaf : leaves) leaf.requires_grad_(true);
    torch::autograd::backward({adapted_linear(x, one.map).square().sum()}, {});
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      EXPECT_LT(relative_difference(leaves[i].grad(), expected[i]), 1e-6) << i << " " << dropout;
    }
    EXPECT_FALSE(one.map.weight.grad().defined());
  }
}

TEST(Lora, TheKernelsHaveTheGradientsOfDoublePrecision) {
  DoubleMap one(0.4);
  Tensor x = random_numbers({2, 3, 5}, 4);
  AdaptedLinear single = one.map;
  single.weight = one.map.weight.to(at::kFloat);
  single.adapter.a = one.map.adapter.a.to(at::kFloat).requires_grad_(true);
  single.adapter.b = one.map.adapter.b.to(at::kFloat).requires_grad_(true);
  one.map.adapter.a.requires_grad_(true);
  one.map.adapter.b.requires_grad_(true);
  torch::autograd::backward({adapted_linear(x.to(at::kDouble), one.map).square().sum()}, {});
  torch::autograd::backward({adapted_linear(x, single).square().sum()}, {});
  const auto is_near = [](const Tensor& found, const Tensor& expected) {
    return relative_difference(found.grad().to(at::kDouble), expected.grad()) < 1e-5;
  };
  EXPECT_TRUE(is_near(single.adapter.a, one.map.adapter.a));
  EXPECT_TRUE(is_near(single.adapter.b, one.map.adapter.b));
}

TEST(Dropout, LeavesOutItsShareAndScalesTheRest) {
  Adapters adapters;
  adapters.config.dropout = 0.25;
  const Tensor left = drop(at::ones({4, 100, 90}), adapters, 3);
  const Tensor is_zero = left.eq(0.0);
  EXPECT_TRUE(is_zero.logical_or(left.eq(1.0f / 0.75f)).all().item<bool>());
  EXPECT_NEAR(is_zero.to(at::kDouble).mean().item<double>(), 0.25, 0.01);
}

TEST(Dropout, DependsOnSeedSequencePositionAndMapAndNotOnTheBatchOrThreads) {
  Adapters adapters;
  adapters.config.dropout = 0.5;
  adapters.seed = 9;
  adapters.first_sequence = 40;
  const Tensor x = at::ones({6, 50, 30});
  tensor::set_threads(1);
  const Tensor whole = drop(x, adapters, 3);
  tensor::set_threads(2);
  EXPECT_TRUE(drop(x, adapters, 3).equal(whole));
  tensor::set_threads(0);
  EXPECT_FALSE(whole[0].equal(whole[1]));
  EXPECT_FALSE(whole[0][0].equal(whole[0][1]));
  EXPECT_FALSE(drop(x, adapters, 4).equal(whole));
  EXPECT_TRUE(drop(x.narrow(1, 0, 20), adapters, 3).equal(whole.narrow(1, 0, 20)));
  adapters.first_sequence = 42;
  EXPECT_TRUE(drop(x.narrow(0, 0, 3), adapters, 3).equal(whole.narrow(0, 2, 3)));
  adapters.seed = 10;
  EXPECT_FALSE(drop(x.narrow(0, 0, 3), adapters, 3).equal(whole.narrow(0, 2, 3)));
}

TEST(Dropout, WorksWhereGradientsAreOnAndNowhereElse) {
  const Config config = small_config(ModelKind::kCausal);
  const Weights weights = make_weights(config, 3);
  const Tensor x = random_numbers({2, 5, config.hidden_size}, 4);
  const Adapters plain = lively_adapters(config, lora_config());
  const Adapters dropping = lively_adapters(config, lora_config(0.5));
  const Tensor expected = hidden_of(config, with_adapters(weights, plain), x);
  EXPECT_FALSE(hidden_of(config, with_adapters(weights, dropping), x).equal(expected));
  const at::NoGradGuard no_grad;
  EXPECT_TRUE(hidden_of(config, with_adapters(weights, dropping), x).equal(expected));
}

TEST(Dropout, BeginSequencesTellsTheAdaptersWhereABatchStands) {
  const Config config = small_config(ModelKind::kCausal);
  const Weights weights =
      with_adapters(make_weights(config, 3), lively_adapters(config, lora_config(0.5)));
  const Tensor x = random_numbers({4, 5, config.hidden_size}, 4);
  begin_sequences(weights, 8);
  const Tensor whole = hidden_of(config, weights, x);
  begin_sequences(weights, 10);
  const Tensor second = hidden_of(config, weights, x.narrow(0, 2, 2));
  EXPECT_LT(relative_difference(second, whole.narrow(0, 2, 2)), 1e-5);
  EXPECT_NO_THROW(begin_sequences(make_weights(config, 3), 8));
}

}  // namespace
}  // namespace tess2::model
