#include "engine/packed_lm.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "core/error.h"
#include "diffusion/sampling.h"
#include "engine/engine_test_support.h"
#include "model/canvas_test_support.h"
#include "model/simplex_lm.h"
#include "tensor/runtime.h"

namespace tess2::engine {
namespace {

using diffusion::Canvas;
using diffusion::NoisySimplex;
using test::relative_error;

struct Prediction {
  at::Tensor first;   ///< without a previous prediction
  at::Tensor second;  ///< with one
};

/// Two predictions for a canvas, the second with `previous`.
Prediction predict_twice(diffusion::Denoiser& model, const Canvas& canvas,
                         const at::Tensor& previous) {
  at::NoGradGuard no_grad;
  const std::vector<std::uint64_t> seeds(static_cast<std::size_t>(canvas.batch()), 5);
  const diffusion::CounterNoise noise(seeds);
  const diffusion::Level level{0.6f, 0.8f};
  const auto simplex = NoisySimplex::regenerated(canvas, canvas.row_tokens(),
                                                 std::vector(seeds.size(), level), noise, 1);
  const std::vector<float> times(seeds.size(), 0.4f);
  return {model.predict({canvas, simplex, times, {}}),
          model.predict({canvas, simplex, times, previous})};
}

class PackedLm : public ::testing::TestWithParam<WeightFormat> {
 protected:
  model::Config config_ = test::odd_config();
  model::Weights weights_ = model::make_weights(config_, 3);
  Canvas canvas_ = model::test::random_canvas({0, 5, 60}, 75, config_.vocab_size, 4);
  at::Tensor previous_ =
      2.0 * test_support::random_numbers({canvas_.row_count(), config_.vocab_size}, 9);
};

// The bounds are three times what was measured; 4 bits of random weights are much worse than of
// trained ones.
double error_bound(WeightFormat format) {
  switch (format) {
    case WeightFormat::kBf16:
      return 0.02;
    case WeightFormat::kQ8:
      return 0.05;
    case WeightFormat::kQ4:
      return 0.5;
  }
  return 0.0;
}

TEST_P(PackedLm, PredictsAsTheFloatModelDoes) {
  model::SimplexLM exact(config_, weights_);
  PackedSimplexLM packed = test::packed_model(config_, weights_, GetParam());
  const Prediction expected = predict_twice(exact, canvas_, previous_);
  const Prediction found = predict_twice(packed, canvas_, previous_);
  ASSERT_EQ(found.first.scalar_type(), at::kHalf);
  EXPECT_LT(relative_error(found.first, expected.first), error_bound(GetParam()));
  EXPECT_LT(relative_error(found.second, expected.second), error_bound(GetParam()));
  // Each is nearer to its own than the two are to each other: the previous prediction is read.
  EXPECT_GT(relative_error(expected.second, expected.first), 2 * error_bound(WeightFormat::kBf16));
}

TEST_P(PackedLm, RowsDoNotDependOnTheBatch) {
  PackedSimplexLM packed = test::packed_model(config_, weights_, GetParam());
  const at::Tensor together = predict_twice(packed, canvas_, previous_.to(at::kHalf)).second;
  for (std::int64_t b = 0; b < canvas_.batch(); ++b) {
    const Canvas alone = model::test::only_sequence(canvas_, b);
    const std::int64_t begin = canvas_.row_begin(b), count = alone.row_count();
    const at::Tensor rows = previous_.narrow(0, begin, count).to(at::kHalf);
    EXPECT_TRUE(predict_twice(packed, alone, rows).second.equal(together.narrow(0, begin, count)))
        << "sequence " << b;
  }
}

TEST_P(PackedLm, TokensDoNotDependOnThreads) {
  PackedSimplexLM packed = test::packed_model(config_, weights_, GetParam());
  diffusion::SamplerSettings settings;
  settings.steps = 4;
  const std::array<std::uint64_t, 3> seeds{1, 2, 3};
  std::vector<at::Tensor> ids;
  for (const int threads : {1, 2}) {
    tensor::set_threads(threads);
    diffusion::Sampling sampling(packed, settings, nullptr, canvas_, seeds);
    while (!sampling.finished()) sampling.step();
    ids.push_back(sampling.filled());
  }
  tensor::set_threads(0);
  EXPECT_TRUE(ids[0].equal(ids[1]));
}

/// Two predictions with the same cache: one that fills it, one at another noise that may reuse it.
at::Tensor predict_from_cache(PackedSimplexLM& model, const Canvas& canvas, bool reuse,
                              std::vector<diffusion::ContextCache>& contexts) {
  at::NoGradGuard no_grad;
  const std::vector<std::uint64_t> seeds(static_cast<std::size_t>(canvas.batch()), 5);
  const diffusion::CounterNoise noise(seeds);
  const std::vector<float> times(seeds.size(), 0.4f);
  at::Tensor last;
  for (const int step : {0, 1}) {
    const diffusion::Level level{0.6f, step == 0 ? 0.8f : 0.4f};
    const auto simplex = NoisySimplex::regenerated(canvas, canvas.row_tokens(),
                                                   std::vector(seeds.size(), level), noise, step);
    for (auto& context : contexts) context.reuse = reuse && step == 1;
    last = model.predict({canvas, simplex, times, {}, contexts});
  }
  return last;
}

TEST_P(PackedLm, AContextMadeAnewIsExactAndItsDriftIsTold) {
  PackedSimplexLM packed = test::packed_model(config_, weights_, GetParam());
  std::vector<diffusion::ContextCache> none, contexts(3);
  const at::Tensor exact = predict_from_cache(packed, canvas_, false, none);
  EXPECT_TRUE(predict_from_cache(packed, canvas_, false, contexts).equal(exact));
  EXPECT_FALSE(contexts[0].drift()) << "no prompt, nothing to keep";
  for (const std::size_t b : {1, 2}) {
    ASSERT_TRUE(contexts[b].drift());
    EXPECT_GT(*contexts[b].drift(), 0.0);
    EXPECT_LT(*contexts[b].drift(), 1.0);
  }
}

TEST_P(PackedLm, AKeptContextIsNearAndNotTheSame) {
  PackedSimplexLM packed = test::packed_model(config_, weights_, GetParam());
  std::vector<diffusion::ContextCache> none, contexts(3);
  const at::Tensor exact = predict_from_cache(packed, canvas_, false, none);
  const at::Tensor reused = predict_from_cache(packed, canvas_, true, contexts);
  const std::int64_t first = canvas_.row_begin(1);
  EXPECT_TRUE(reused.narrow(0, 0, first).equal(exact.narrow(0, 0, first))) << "no prompt";
  const double error = relative_error(reused.narrow(0, first, reused.size(0) - first),
                                      exact.narrow(0, first, reused.size(0) - first));
  EXPECT_GT(error, 0.0);
  EXPECT_LT(error, 0.5);
  EXPECT_FALSE(contexts[1].drift()) << "nothing was made again";
}

TEST_P(PackedLm, AContextOfTheSameInputChangesNothing) {
  PackedSimplexLM packed = test::packed_model(config_, weights_, GetParam());
  at::NoGradGuard no_grad;
  const std::vector<std::uint64_t> seeds(3, 5);
  const diffusion::CounterNoise noise(seeds);
  const auto simplex = NoisySimplex::regenerated(
      canvas_, canvas_.row_tokens(), std::vector(3, diffusion::Level{0.6f, 0.8f}), noise, 1);
  const std::vector<float> times(3, 0.4f);
  std::vector<diffusion::ContextCache> contexts(3);
  const at::Tensor full = packed.predict({canvas_, simplex, times, {}, contexts});
  for (auto& context : contexts) context.reuse = true;
  const at::Tensor reused = packed.predict({canvas_, simplex, times, {}, contexts});
  // In 8 bits the prompt's rows have a say in which columns are outliers.
  EXPECT_LE(relative_error(reused, full), GetParam() == WeightFormat::kBf16 ? 0.0 : 0.02);
}

TEST_P(PackedLm, AContextOfAnotherCanvasIsNotReused) {
  PackedSimplexLM packed = test::packed_model(config_, weights_, GetParam());
  std::vector<diffusion::ContextCache> contexts(3);
  predict_from_cache(packed, canvas_, true, contexts);
  const Canvas other = model::test::random_canvas({3, 6, 50}, 75, config_.vocab_size, 4);
  std::vector<diffusion::ContextCache> none;
  const at::Tensor exact = predict_from_cache(packed, other, false, none);
  for (auto& context : contexts) context.reuse = true;
  // The first of the two predictions finds the old canvas's context.
  EXPECT_TRUE(predict_from_cache(packed, other, false, contexts).equal(exact));
  EXPECT_TRUE(contexts[0].holds(75, std::vector<std::int64_t>{[] {
                                  std::vector<std::int64_t> live;
                                  for (std::int64_t l = 2; l < 75; ++l) live.push_back(l);
                                  return live;
                                }()}));
}

/// Weights of the same function in which a column of each norm's output is a thousand times larger,
/// as in large language models, and what reads it as much smaller. (Of so narrow rows one column at
/// most is kept apart.)
model::Weights with_outliers(const model::Config& config, const model::Weights& weights) {
  model::Weights changed = weights;
  model::for_each_parameter(
      changed, config, [](const std::string&, at::Tensor& weight) { weight = weight.clone(); });
  const auto move = [](at::Tensor& norm, std::initializer_list<at::Tensor*> readers) {
    constexpr std::int64_t kColumn = 20;
    norm.select(0, kColumn).mul_(1000.0);
    for (at::Tensor* reader : readers) reader->select(1, kColumn).div_(1000.0);
  };
  for (model::Layer& layer : changed.backbone.layers) {
    move(layer.input_norm, {&layer.q_proj, &layer.k_proj, &layer.v_proj});
    move(layer.post_attention_norm, {&layer.gate_proj, &layer.up_proj});
  }
  return changed;
}

TEST_P(PackedLm, OutlierColumnsCostLittle) {
  const model::Weights changed = with_outliers(config_, weights_);
  model::SimplexLM exact(config_, weights_), same(config_, changed);
  const at::Tensor expected = predict_twice(exact, canvas_, previous_).second;
  EXPECT_LT(relative_error(predict_twice(same, canvas_, previous_).second, expected), 1e-5);
  const auto error_of = [&](const model::Weights& weights) {
    PackedSimplexLM packed = test::packed_model(config_, weights, GetParam());
    return relative_error(predict_twice(packed, canvas_, previous_).second, expected);
  };
  const double plain = error_of(weights_), with = error_of(changed);
  RecordProperty("plain", std::to_string(plain));
  RecordProperty("with", std::to_string(with));
  // What is left is that weights a thousand times smaller than their channel's others are zeros in
  // 8 bits: 3.3 times the plain error. All columns in 8 bits would make 37 times (q8).
  EXPECT_LT(with, 4.5 * plain);
}

TEST_P(PackedLm, RefusesTokensOutsideTheVocabulary) {
  PackedSimplexLM packed = test::packed_model(config_, weights_, GetParam());
  at::Tensor ids = canvas_.ids().clone();
  ids[1][2] = config_.vocab_size;
  const Canvas broken(ids, canvas_.span_mask());
  EXPECT_THROW(predict_twice(packed, broken, previous_), Error);
}

INSTANTIATE_TEST_SUITE_P(Formats, PackedLm,
                         ::testing::Values(WeightFormat::kBf16, WeightFormat::kQ8,
                                           WeightFormat::kQ4),
                         [](const auto& format) { return test::format_label(format.param); });

TEST(PackedLmTest, IsForDiffusionModels) {
  model::Config config = test::odd_config();
  config.kind = model::ModelKind::kCausal;
  EXPECT_THROW(PackedSimplexLM(config, PackedWeights()), Error);
}

/// What a packed model of this shape and the model itself predict, at most so far apart.
void expect_agreement(const model::Config& config) {
  const model::Weights weights = model::make_weights(config, 6);
  const Canvas canvas = model::test::random_canvas({3}, 70, config.vocab_size, 8);
  model::SimplexLM exact(config, weights);
  PackedSimplexLM packed = test::packed_model(config, weights, WeightFormat::kBf16);
  EXPECT_LT(relative_error(predict_twice(packed, canvas, {}).first,
                           predict_twice(exact, canvas, {}).first),
            0.02);
}

TEST(PackedLmTest, CausalModelsAndWindowsAgreeToo) {
  model::Config config = test::odd_config();
  config.is_causal = true;
  config.sliding_window = 9;
  config.self_condition = false;
  config.disable_timestep_embed = true;
  config.tie_word_embeddings = true;
  expect_agreement(config);
}

TEST(PackedLmTest, ModelsWithoutTheLabelShiftAgreeToo) {
  model::Config config = test::odd_config();
  config.label_shift = false;
  expect_agreement(config);
}

}  // namespace
}  // namespace tess2::engine
