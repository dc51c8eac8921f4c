// What training asks of the models: losses and gradients, in either precision, with and without
// activation checkpointing.
#include <gtest/gtest.h>

#include <vector>

#include "diffusion/objective.h"
#include "model/canvas_test_support.h"
#include "model/causal_lm.h"
#include "model/model_test_support.h"
#include "model/simplex_lm.h"
#include "tensor/runtime.h"

namespace tess2::model {
namespace {

using at::Tensor;
using diffusion::Canvas;
using diffusion::CounterNoise;
using test::wide_config;
using test_support::relative_difference;

/// Roundings of 1/256 at each of some twenty operations; those of single ones are tested in
/// half_ops_test.cc.
constexpr double kHalfGradients = 0.12;

constexpr Compute kHalf{at::kBFloat16, false};
constexpr Compute kCheckpointed{at::kFloat, true};
constexpr Compute kHalfCheckpointed{at::kBFloat16, true};

struct Outcome {
  Tensor loss, per_sequence;
  std::vector<Tensor> gradients;
};

std::vector<Tensor> gradients_of(Weights& weights, const Config& config) {
  std::vector<Tensor> gradients;
  for_each_parameter(weights, config, [&](const std::string&, const Tensor& weight) {
    gradients.push_back(weight.grad());
  });
  return gradients;
}

/// Predicts only, so that the losses are those of the interface.
class Predicting final : public diffusion::Denoiser {
 public:
  explicit Predicting(SimplexLM& lm) : lm_(lm) {}
  std::int64_t vocab_size() const override { return lm_.vocab_size(); }
  Tensor predict(const diffusion::DenoiserInput& input) override { return lm_.predict(input); }

 private:
  SimplexLM& lm_;
};

class TrainingLosses : public ::testing::TestWithParam<bool> {
 protected:
  ~TrainingLosses() override { tensor::set_threads(0); }

  Outcome run(const Compute& compute, bool by_predicting = false) {
    SimplexLM lm(config_, test::trainable_weights(config_, 1), compute);
    Predicting predicting(lm);
    const diffusion::Objective objective({});
    const diffusion::TrainingDraw draw{{4000, 900, 2500}, GetParam()};
    const CounterNoise noise({7, 8, 9});
    const auto loss = by_predicting ? objective.loss(predicting, canvas_, draw, noise, 0)
                                    : objective.loss(lm, canvas_, draw, noise, 0);
    torch::autograd::backward({loss.mean}, {});
    return {loss.mean.detach(), loss.per_sequence, gradients_of(lm.weights(), config_)};
  }

  Config config_ = wide_config(ModelKind::kDiffusion);
  Canvas canvas_ = test::random_canvas({0, 17, 50}, 70, config_.vocab_size, 3);
};

void expect_near(const Outcome& found, const Outcome& expected, double loss_tolerance,
                 double gradient_tolerance) {
  EXPECT_LT(relative_difference(found.loss, expected.loss), loss_tolerance);
  EXPECT_LT(relative_difference(found.per_sequence, expected.per_sequence), loss_tolerance);
  for (std::size_t i = 0; i < expected.gradients.size(); ++i) {
    const Tensor difference = found.gradients[i] - expected.gradients[i];
    EXPECT_LT((difference.norm() / expected.gradients[i].norm()).item<double>(), gradient_tolerance)
        << "weight " << i;
  }
}

void expect_equal(const Outcome& found, const Outcome& expected) {
  EXPECT_TRUE(found.loss.equal(expected.loss));
  for (std::size_t i = 0; i < expected.gradients.size(); ++i) {
    EXPECT_TRUE(found.gradients[i].equal(expected.gradients[i])) << "weight " << i;
  }
}

TEST_P(TrainingLosses, AreThoseOfItsPredictions) {
  expect_near(run({}), run({}, true), 1e-6, 2e-5);
}

TEST_P(TrainingLosses, InBfloat16AreNear) {
  expect_near(run(kHalf), run({}), 5e-3, kHalfGradients);
}

TEST_P(TrainingLosses, CheckpointingChangesNoBit) {
  expect_equal(run(kCheckpointed), run({}));
  expect_equal(run(kHalfCheckpointed), run(kHalf));
}

TEST_P(TrainingLosses, ThreadsChangeNoBit) {
  for (const Compute& compute : {Compute{}, kHalf}) {
    tensor::set_threads(1);
    const Outcome one = run(compute);
    tensor::set_threads(2);
    expect_equal(run(compute), one);
  }
}

TEST_P(TrainingLosses, CheckpointingWorksBehindAFrozenEmbedding) {
  SimplexLM lm(config_, test::trainable_weights(config_, 1), kCheckpointed);
  lm.weights().backbone.embed.requires_grad_(false);
  lm.weights().timestep_embed.requires_grad_(false);
  const CounterNoise noise({7, 8, 9});
  const auto loss =
      diffusion::Objective({}).loss(lm, canvas_, {{4000, 900, 2500}, GetParam()}, noise, 0);
  torch::autograd::backward({loss.mean}, {});
  const Outcome all = run({});
  const std::vector<Tensor> gradients = gradients_of(lm.weights(), config_);
  EXPECT_FALSE(gradients[0].defined());
  // The first block's query projection.
  EXPECT_TRUE(gradients[2].equal(all.gradients[2]));
}

INSTANTIATE_TEST_SUITE_P(SelfConditioning, TrainingLosses, ::testing::Bool());

TEST(CausalTrainingLoss, InBfloat16AndCheckpointedIsNear) {
  const Config config = wide_config(ModelKind::kCausal);
  const Tensor ids = test_support::random_ids({3, 50}, config.vocab_size, 4);
  const auto run = [&](const Compute& compute) {
    CausalLM lm(config, test::trainable_weights(config, 1), compute);
    const Tensor loss = lm.loss(ids);
    torch::autograd::backward({loss}, {});
    return Outcome{loss.detach(), loss.detach(), gradients_of(lm.weights(), config)};
  };
  expect_equal(run(kCheckpointed), run({}));
  expect_near(run(kHalfCheckpointed), run({}), 5e-3, kHalfGradients);
}

}  // namespace
}  // namespace tess2::model
