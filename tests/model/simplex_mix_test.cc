#include "model/simplex_mix.h"

#include <gtest/gtest.h>

#include "model/canvas_test_support.h"

namespace tess2::model {
namespace {

using at::Tensor;
using diffusion::CounterNoise;
using diffusion::Level;
using diffusion::NoisySimplex;
using diffusion::SelfConditioning;
using test_support::random_numbers;
using test_support::relative_difference;

constexpr std::int64_t kVocab = 701, kHidden = 24;

class SimplexMixTest : public ::testing::Test {
 protected:
  Tensor mix(SelfConditioning kind, const Tensor& previous, std::int64_t begin, std::int64_t end,
             at::ScalarType type) const {
    const PreviousLogits rows = [&](std::int64_t first, std::int64_t last) {
      return previous.defined() ? previous.narrow(0, first, last - first) : Tensor();
    };
    return mix_rows(simplex_, kind, rows, embedding_, begin, end, type);
  }

  diffusion::Canvas canvas_ = test::random_canvas({3, 9}, 40, kVocab, 1);
  CounterNoise noise_{{5, 6}};
  NoisySimplex simplex_ = NoisySimplex::regenerated(
      canvas_, canvas_.row_tokens(), {Level{0.6f, 0.8f}, Level{0.28f, 0.96f}}, noise_, 0);
  Tensor embedding_ = random_numbers({kVocab, kHidden}, 2);
  Tensor previous_ = random_numbers({canvas_.row_count(), kVocab}, 3) * 3;
};

TEST_F(SimplexMixTest, InFloat32IsTheSimplexTimesTheEmbedding) {
  const std::int64_t count = canvas_.row_count();
  for (const auto kind : {SelfConditioning::kNone, SelfConditioning::kLogitsMean}) {
    for (const Tensor& previous : {Tensor(), previous_}) {
      EXPECT_TRUE(
          mix(kind, previous, 0, count, at::kFloat)
              .equal(diffusion::mix_embedding(simplex_, kind, previous, embedding_, 0, count)));
    }
  }
}

TEST_F(SimplexMixTest, InBfloat16IsNear) {
  const std::int64_t count = canvas_.row_count();
  const auto kind = SelfConditioning::kLogitsMean;
  for (const Tensor& previous : {Tensor(), previous_, previous_.to(at::kHalf)}) {
    EXPECT_LT(relative_difference(mix(kind, previous, 0, count, at::kBFloat16),
                                  mix(kind, previous, 0, count, at::kFloat)),
              1e-2);
  }
}

TEST_F(SimplexMixTest, PartsAreThoseOfTheWhole) {
  for (const auto type : {at::kFloat, at::kBFloat16}) {
    const Tensor whole = mix(SelfConditioning::kLogitsMean, previous_, 0, 60, type);
    const Tensor part = mix(SelfConditioning::kLogitsMean, previous_, 20, 60, type);
    EXPECT_LT(relative_difference(part, whole.narrow(0, 20, 40)), 1e-6);
  }
}

}  // namespace
}  // namespace tess2::model
