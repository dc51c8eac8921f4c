#include "model/simplex_lm.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "model/canvas_test_support.h"
#include "model/ops.h"
#include "model_test_support.h"
#include "support/temporary_folder.h"

namespace tess2::model {
namespace {

using at::Tensor;
using diffusion::Canvas;
using diffusion::CounterNoise;
using diffusion::DenoiserInput;
using diffusion::Level;
using diffusion::NoisySimplex;
using test_support::error_of;
using test_support::random_ids;
using test_support::random_numbers;
using test_support::relative_difference;

constexpr std::int64_t kLength = 9;

Config lively_config() {
  Config config = test::small_config(ModelKind::kDiffusion);
  config.self_condition = true;
  config.initializer_range = 0.5;
  return config;
}

/// A model whose blocks add nothing: its hidden states are the normed input vectors.
SimplexLM transparent_lm(const Config& config) {
  Weights weights = make_weights(config, 4);
  for (Layer& layer : weights.backbone.layers) {
    layer.o_proj.zero_();
    layer.down_proj.zero_();
  }
  return {config, weights};
}

Tensor normed(const Tensor& x, const Config& config) {
  return x / at::sqrt(x.square().mean(-1, /*keepdim=*/true) + config.rms_norm_eps);
}

/// Two sequences: positions 4.. of the first and 6.. of the second are to be generated.
class SimplexLmTest : public ::testing::Test {
 protected:
  NoisySimplex simplex_on(const Canvas& canvas, const CounterNoise& noise) const {
    return NoisySimplex::regenerated(canvas, canvas.row_tokens(),
                                     {Level{0.6f, 0.8f}, Level{0.28f, 0.96f}}, noise, 0);
  }
  DenoiserInput input(const Tensor& previous = {}) const {
    return {canvas_, simplex_, {0.25f, 0.75f}, previous};
  }
  Tensor previous_logits() const {
    return random_numbers({canvas_.row_count(), config_.vocab_size}, 8) * 2;
  }
  /// softmax(s_t) [N,V]
  Tensor probabilities() const { return at::softmax(simplex_.to_dense(config_.vocab_size), -1); }
  /// The input vectors [B,L,H] that section 2 asks for, where the span's are distributions p [N,V].
  Tensor expected_inputs(SimplexLM& lm, const Tensor& p) const {
    const Tensor& embed = lm.weights().backbone.embed;
    Tensor x = at::embedding(embed, canvas_.ids());
    for (std::int64_t n = 0; n < canvas_.row_count(); ++n) {
      const std::int64_t b = canvas_.row_sequence(n);
      const double time = b == 0 ? 0.25 : 0.75;
      x[b][canvas_.row_position(n)] =
          at::mv(embed.t(), p[n]) + lm.weights().timestep_embed.flatten() * time;
    }
    return x;
  }

  const Config config_ = lively_config();
  const Canvas canvas_ = test::random_canvas({4, 6}, kLength, config_.vocab_size, 1);
  const CounterNoise noise_{{21, 22}};
  const NoisySimplex simplex_ = simplex_on(canvas_, noise_);
};

TEST_F(SimplexLmTest, InputsAreCleanTokensOrMixedEmbeddingsWithTime) {
  SimplexLM lm = transparent_lm(config_);
  const double uniform = 1.0 / static_cast<double>(config_.vocab_size);
  const Tensor previous = previous_logits();
  const Tensor p = probabilities();
  const auto error = [&](const Tensor& given, const Tensor& mixed) {
    return relative_difference(lm.hidden_states(input(given)),
                               normed(expected_inputs(lm, mixed), config_));
  };
  EXPECT_LT(error({}, (p + uniform) / 2), 1e-5);
  EXPECT_LT(error(previous, (p + at::softmax(previous, -1)) / 2), 1e-5);
}

TEST_F(SimplexLmTest, WithoutSelfConditioningThePreviousPredictionIsIgnored) {
  Config config = config_;
  config.self_condition = false;
  SimplexLM lm = transparent_lm(config);
  const Tensor expected = normed(expected_inputs(lm, probabilities()), config);
  EXPECT_LT(relative_difference(lm.hidden_states(input()), expected), 1e-5);
  EXPECT_LT(relative_difference(lm.hidden_states(input(previous_logits())), expected), 1e-5);
}

TEST_F(SimplexLmTest, APromptSeesNeitherNoiseNorTime) {
  Config config = config_;
  config.is_causal = true;
  SimplexLM lm(config, make_weights(config, 4));
  const CounterNoise other_noise({31, 32});
  const NoisySimplex other = simplex_on(canvas_, other_noise);
  const Tensor a = lm.hidden_states(input());
  const Tensor b = lm.hidden_states({canvas_, other, {0.9f, 0.1f}, previous_logits()});
  for (const auto& [sequence, prompt] : {std::pair{0, 4}, {1, 6}}) {
    EXPECT_TRUE(a[sequence].narrow(0, 0, prompt).equal(b[sequence].narrow(0, 0, prompt)));
    EXPECT_FALSE(a[sequence][prompt].equal(b[sequence][prompt]));
  }
}

TEST_F(SimplexLmTest, ALimitedLookAheadGoesFromCausalToBidirectional) {
  Config config = config_;
  config.is_causal = true;
  SimplexLM causal(config, make_weights(config_, 4));
  SimplexLM lm(config_, make_weights(config_, 4));
  const Tensor bidirectional = lm.predict(input());
  lm.limit_look_ahead(0);
  EXPECT_TRUE(lm.predict(input()).equal(causal.predict(input())));
  lm.limit_look_ahead(1);
  EXPECT_FALSE(lm.predict(input()).equal(causal.predict(input())));
  EXPECT_FALSE(lm.predict(input()).equal(bidirectional));
  lm.limit_look_ahead(canvas_.length());
  EXPECT_TRUE(lm.predict(input()).equal(bidirectional));
  lm.limit_look_ahead(std::nullopt);
  EXPECT_TRUE(lm.predict(input()).equal(bidirectional));
}

TEST_F(SimplexLmTest, ARowIsReadFromThePositionBefore) {
  SimplexLM lm(config_, make_weights(config_, 4));
  const Tensor hidden = lm.hidden_states(input());
  const Tensor logits = lm.predict(input());
  ASSERT_EQ(logits.sizes(), (at::IntArrayRef{5 + 3, config_.vocab_size}));
  for (std::int64_t n = 0; n < logits.size(0); ++n) {
    const Tensor before = hidden[canvas_.row_sequence(n)][canvas_.row_position(n) - 1];
    const Tensor expected = at::mv(lm.weights().lm_head, before);
    EXPECT_LT(relative_difference(logits[n], expected), 1e-5) << n;
  }
}

TEST_F(SimplexLmTest, WithoutTheShiftARowIsReadFromItsOwnPosition) {
  Config config = config_;
  config.label_shift = false;
  SimplexLM lm(config, make_weights(config, 4));
  const Tensor hidden = lm.hidden_states(input());
  const Tensor logits = lm.predict(input());
  for (std::int64_t n = 0; n < logits.size(0); ++n) {
    const Tensor own = hidden[canvas_.row_sequence(n)][canvas_.row_position(n)];
    EXPECT_LT(relative_difference(logits[n], at::mv(lm.weights().lm_head, own)), 1e-5) << n;
  }
}

TEST_F(SimplexLmTest, InACausalModelTheFirstRowOfTheSpanDependsOnThePromptAlone) {
  Config config = config_;
  config.is_causal = true;
  SimplexLM lm(config, make_weights(config, 4));
  const CounterNoise other_noise({31, 32});
  const NoisySimplex other = simplex_on(canvas_, other_noise);
  const Tensor a = lm.predict(input());
  const Tensor b = lm.predict({canvas_, other, {0.9f, 0.1f}, previous_logits()});
  for (const std::int64_t first : {canvas_.row_begin(0), canvas_.row_begin(1)}) {
    EXPECT_TRUE(a[first].equal(b[first]));
    EXPECT_FALSE(a[first + 1].equal(b[first + 1]));
  }
}

TEST_F(SimplexLmTest, NothingPredictsPositionZero) {
  SimplexLM lm(config_, make_weights(config_, 4));
  const Canvas canvas = test::random_canvas({0, 0}, kLength, config_.vocab_size, 1);
  const NoisySimplex simplex = simplex_on(canvas, noise_);
  const Tensor logits = lm.predict({canvas, simplex, {0.5f, 0.5f}, {}});
  for (const std::int64_t b : {0, 1}) {
    EXPECT_EQ(logits[b * kLength].abs().max().item<float>(), 0.0f);
    EXPECT_GT(logits[b * kLength + 1].abs().max().item<float>(), 0.0f);
  }
}

TEST_F(SimplexLmTest, RowsWiderThanTheSpanChangeNothingAndShowThePrompt) {
  SimplexLM lm(config_, make_weights(config_, 4));
  const Canvas wide(canvas_.ids(), canvas_.span_mask(), at::ones_like(canvas_.span_mask()));
  const NoisySimplex simplex = simplex_on(wide, noise_);
  const DenoiserInput wide_input{wide, simplex, {0.25f, 0.75f}, {}};
  const Tensor all = lm.predict(wide_input);
  ASSERT_EQ(all.size(0), 2 * kLength);
  const Tensor in_span = all.index_select(0, canvas_.row_places());
  EXPECT_LT(relative_difference(in_span, lm.predict(input())), 1e-5);
  EXPECT_LT(relative_difference(lm.hidden_states(wide_input), lm.hidden_states(input())), 1e-6);
  const Tensor second = lm.hidden_states(input())[1];
  EXPECT_LT(relative_difference(all[kLength + 3], at::mv(lm.weights().lm_head, second[2])), 1e-5);
}

TEST_F(SimplexLmTest, WithAndWithoutGradientsThePredictionIsTheSame) {
  SimplexLM lm(config_, test::trainable_weights(config_, 4));
  const Tensor with = lm.predict(input(previous_logits()));
  EXPECT_TRUE(with.requires_grad());
  const at::NoGradGuard no_grad;
  const Tensor without = lm.predict(input(previous_logits()));
  EXPECT_FALSE(without.requires_grad());
  EXPECT_LT(relative_difference(without, with), 1e-5);
}

TEST_F(SimplexLmTest, ATiedModelReadsLogitsFromItsEmbedding) {
  Config config = config_;
  config.tie_word_embeddings = true;
  SimplexLM lm(config, make_weights(config, 4));
  ASSERT_FALSE(lm.weights().lm_head.defined());
  const Tensor before = lm.hidden_states(input())[0][3];
  EXPECT_LT(
      relative_difference(lm.predict(input())[0], at::mv(lm.weights().backbone.embed, before)),
      1e-5);
}

TEST_F(SimplexLmTest, NoGradientFlowsIntoTheEmbeddingThroughTheSimplex) {
  SimplexLM lm(config_, test::trainable_weights(config_, 4));
  const Canvas canvas = test::random_canvas({0, 0}, kLength, config_.vocab_size, 1);
  const NoisySimplex simplex = simplex_on(canvas, noise_);
  const Tensor logits = lm.predict({canvas, simplex, {0.5f, 0.5f}, {}});
  torch::autograd::backward({(logits * random_numbers(logits.sizes(), 6)).sum()}, {});
  EXPECT_GT(lm.weights().lm_head.grad().abs().max().item<float>(), 0.0f);
  EXPECT_GT(lm.weights().timestep_embed.grad().abs().max().item<float>(), 0.0f);
  EXPECT_EQ(lm.weights().backbone.embed.grad().abs().max().item<float>(), 0.0f);
}

TEST_F(SimplexLmTest, TheEmbeddingLearnsFromCleanTokensAlone) {
  SimplexLM lm(config_, test::trainable_weights(config_, 4));
  const Tensor logits = lm.predict(input());
  torch::autograd::backward({(logits * random_numbers(logits.sizes(), 6)).sum()}, {});
  const Tensor moved = lm.weights().backbone.embed.grad().abs().amax(1).gt(0);  // [V]
  const Tensor clean = canvas_.ids().masked_select(canvas_.span_mask().logical_not());
  const Tensor expected = at::zeros({config_.vocab_size}, at::kBool).index_fill(0, clean, true);
  ASSERT_FALSE(expected.all().item<bool>());
  EXPECT_TRUE(moved.equal(expected));
}

TEST_F(SimplexLmTest, GradientsOfAllOtherWeightsPassFiniteDifferences) {
  SimplexLM lm(config_, test::trainable_weights(config_, 4));
  const Tensor weights = random_numbers({canvas_.row_count(), config_.vocab_size}, 6);
  const auto value = [&] {
    return (lm.predict(input(previous_logits())) * weights).to(at::kDouble).sum();
  };
  torch::autograd::backward({value()}, {});
  const at::NoGradGuard no_grad;
  const double h = 1e-3;
  for (const WeightSlot& slot : weight_slots(lm.weights(), config_)) {
    if (slot.name == "model.embed_tokens.weight") continue;
    Tensor& weight = *slot.tensor;
    const Tensor direction = random_numbers(slot.shape, 7);
    const double analytic = (weight.grad() * direction).sum().item<double>();
    const auto at_offset = [&](double offset) {
      weight.add_(direction, offset);
      const double found = value().item<double>();
      weight.sub_(direction, offset);
      return found;
    };
    const double numeric = (at_offset(h) - at_offset(-h)) / (2 * h);
    EXPECT_NEAR(numeric, analytic, 1e-2 * std::max(1.0, std::abs(analytic))) << slot.name;
  }
}

TEST_F(SimplexLmTest, ADisabledTimestepEmbeddingIsNotAskedFor) {
  Config config = config_;
  config.disable_timestep_embed = true;
  SimplexLM lm(config, make_weights(config, 4));
  const Tensor early = lm.predict({canvas_, simplex_, {0.1f, 0.1f}, {}});
  EXPECT_TRUE(early.equal(lm.predict({canvas_, simplex_, {0.9f, 0.9f}, {}})));
}

TEST_F(SimplexLmTest, RefusesWeightsWithoutATimestepEmbedding) {
  Weights weights = make_weights(config_, 4);
  weights.timestep_embed = Tensor();
  EXPECT_EQ(error_of([&] { SimplexLM(config_, weights); }),
            "diffusion model: expected the weight timestep_embed.weight, found none");
}

}  // namespace
}  // namespace tess2::model
