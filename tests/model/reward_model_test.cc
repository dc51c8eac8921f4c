#include "model/reward_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"
#include "model/canvas_test_support.h"
#include "model_test_support.h"
#include "support/temporary_folder.h"

namespace tess2::model {
namespace {

using at::Tensor;
using diffusion::Canvas;
using test_support::error_of;
using test_support::random_ids;
using test_support::random_numbers;

constexpr std::int64_t kPad = 10;

Config lively_config() {
  Config config = test::small_config(ModelKind::kReward);
  config.initializer_range = 0.5;
  config.pad_token_id = kPad;
  return config;
}

RewardModel make_model(const Config& config = lively_config()) {
  return {config, make_weights(config, 4)};
}

/// Ids without padding.
Tensor some_ids(at::IntArrayRef shape, std::uint64_t seed) {
  return random_ids(shape, kPad, seed);
}

TEST(RewardModel, ReadsTheLastTokenThatIsNotPadding) {
  const RewardModel model = make_model();
  const Tensor ids = some_ids({2, 6}, 1);
  const Tensor padded = at::cat({ids, at::full({2, 5}, kPad, at::kLong)}, 1);
  const Tensor alone = model.score(ids);
  ASSERT_EQ(alone.sizes(), (at::IntArrayRef{2}));
  EXPECT_LT((model.score(padded) - alone).abs().max().item<float>(), 1e-5f);
}

TEST(RewardModel, ReadsEachSequenceAtItsOwnEnd) {
  const RewardModel model = make_model();
  Tensor ids = some_ids({3, 8}, 1);
  ids[0].narrow(0, 3, 5).fill_(kPad);
  ids[1].narrow(0, 7, 1).fill_(kPad);
  const Tensor scores = model.score(ids);
  for (const auto& [b, length] : {std::pair{0, 3}, {1, 7}, {2, 8}}) {
    const Tensor alone = model.score(ids[b].narrow(0, 0, length).unsqueeze(0));
    EXPECT_NEAR(scores[b].item<float>(), alone.item<float>(), 1e-5f) << b;
  }
}

TEST(RewardModel, PaddingInsideATextIsAToken) {
  const RewardModel model = make_model();
  const Tensor ids = some_ids({1, 6}, 1);
  Tensor inside = ids.clone();
  inside[0][2] = kPad;
  EXPECT_GT((model.score(inside) - model.score(ids)).abs().item<float>(), 1e-4f);
}

TEST(RewardModel, WithoutAPaddingTokenTheLastPositionIsRead) {
  Config config = lively_config();
  config.pad_token_id.reset();
  Tensor ids = some_ids({1, 6}, 1);
  ids[0][5] = kPad;
  EXPECT_GT((make_model(config).score(ids) - make_model().score(ids)).abs().item<float>(), 1e-4f);
}

TEST(RewardModel, ReadsNoiseInTheSpanAndTokensElsewhere) {
  const RewardModel model = make_model();
  const Tensor ids = some_ids({2, 6}, 1);
  Tensor span = at::zeros({2, 6}, at::kBool);
  span.narrow(1, 3, 2).fill_(true);
  const Canvas canvas(ids, span);
  const diffusion::CounterNoise noise({5, 6});
  const auto score = [&](double signal, double deviation) {
    const diffusion::Level level{static_cast<float>(signal), static_cast<float>(deviation)};
    return model.score(canvas, diffusion::NoisySimplex::regenerated(canvas, canvas.row_tokens(),
                                                                    {level, level}, noise, 0));
  };
  // A strong simplex without noise is its tokens; k = 5 leaves the others e^-10 each.
  EXPECT_LT((score(1.0, 0.0) - model.score(ids)).abs().max().item<float>(), 0.02f);
  EXPECT_GT((score(0.1, 0.99) - model.score(ids)).abs().max().item<float>(), 0.02f);
}

TEST(RewardModel, PairLossIsMinusTheLogOfTheSigmoidOfTheDifference) {
  const RewardModel model = make_model();
  const Tensor chosen = some_ids({4, 7}, 1), rejected = some_ids({4, 7}, 2);
  const Tensor a = model.score(chosen), b = model.score(rejected);
  double expected = 0.0;
  for (std::int64_t i = 0; i < 4; ++i) {
    expected += std::log1p(std::exp(b[i].item<double>() - a[i].item<double>())) / 4;
  }
  EXPECT_NEAR(model.pair_loss(chosen, rejected).item<double>(), expected, 1e-6);
}

/// Two sequences of which positions 3.. and 5.. are judged as distributions.
class SoftRewardTest : public ::testing::Test {
 protected:
  Tensor one_hot(std::int64_t b) const {
    const std::int64_t begin = canvas_.row_begin(b);
    const Tensor tokens = canvas_.row_tokens().narrow(0, begin, canvas_.row_begin(b + 1) - begin);
    return at::one_hot(tokens, 11).to(at::kFloat);
  }

  RewardModel model_ = make_model();
  const Canvas canvas_ = test::random_canvas({3, 5}, 9, kPad, 1);
};

TEST_F(SoftRewardTest, OneHotWeightsAreTheTokensThemselves) {
  for (const std::int64_t b : {0, 1}) {
    EXPECT_NEAR(model_.reward(canvas_, b, one_hot(b)).item<float>(),
                model_.score(canvas_.ids())[b].item<float>(), 1e-5f);
  }
}

TEST_F(SoftRewardTest, IsReadAtTheLastPositionWhateverStandsThere) {
  Tensor padded = one_hot(0);
  padded[-1].zero_();
  padded[-1][kPad] = 1.0;
  Tensor ids = canvas_.ids().narrow(0, 0, 1).clone();
  ids[0][8] = kPad;
  Config config = lively_config();
  config.pad_token_id.reset();
  EXPECT_NEAR(model_.reward(canvas_, 0, padded).item<float>(),
              make_model(config).score(ids).item<float>(), 1e-5f);
}

TEST_F(SoftRewardTest, WeightsOutsideTheSpanAreNotLookedAt) {
  const Canvas wide(canvas_.ids(), canvas_.span_mask(), at::ones_like(canvas_.span_mask()));
  Tensor weights = at::softmax(random_numbers({9, 11}, 3), -1);
  const Tensor reward = model_.reward(wide, 0, weights);
  weights.narrow(0, 0, 3).copy_(at::softmax(random_numbers({3, 11}, 4), -1));
  EXPECT_TRUE(model_.reward(wide, 0, weights).equal(reward));
  const Tensor narrow = model_.reward(canvas_, 0, weights.narrow(0, 3, 6));
  EXPECT_NEAR(narrow.item<float>(), reward.item<float>(), 1e-6f);
}

TEST_F(SoftRewardTest, ItsGradientPassesFiniteDifferences) {
  const Tensor weights = at::softmax(random_numbers({4, 11}, 3), -1).requires_grad_(true);
  const Tensor reward = model_.reward(canvas_, 1, weights);
  const Tensor gradient = torch::autograd::grad({reward}, {weights})[0];
  const at::NoGradGuard no_grad;
  for (std::uint64_t seed = 5; seed < 9; ++seed) {
    const Tensor direction = random_numbers({4, 11}, seed) * 1e-3;
    const double numeric = (model_.reward(canvas_, 1, weights + direction).item<double>() -
                            model_.reward(canvas_, 1, weights - direction).item<double>()) /
                           2;
    const double analytic = (gradient * direction).sum().item<double>();
    EXPECT_NEAR(numeric, analytic, 1e-2 * std::abs(analytic) + 2e-6);
  }
}

TEST(RewardModel, RefusesWeightsWithoutAScore) {
  Weights weights = make_weights(lively_config(), 4);
  weights.score = Tensor();
  EXPECT_EQ(error_of([&] { RewardModel(lively_config(), weights); }),
            "reward model: expected the weight score.weight, found none");
}

}  // namespace
}  // namespace tess2::model
