#include "engine/mix.h"

#include <gtest/gtest.h>

#include <vector>

#include "diffusion/noise.h"
#include "engine/engine_test_support.h"
#include "model/canvas_test_support.h"

namespace tess2::engine {
namespace {

using diffusion::SelfConditioning;

constexpr std::int64_t kVocab = 700, kHidden = 96;

struct Case {
  WeightFormat format;
  diffusion::Level level;
  bool has_previous;
};

class Mix : public ::testing::TestWithParam<Case> {};

// Noise alone, where a row is spread over the vocabulary, up to almost clean rows.
TEST_P(Mix, AgreesWithFloat32) {
  const auto [format, level, has_previous] = GetParam();
  const diffusion::Canvas canvas = model::test::random_canvas({4}, 40, kVocab, 3);
  const diffusion::CounterNoise noise({5});
  const auto simplex =
      diffusion::NoisySimplex::regenerated(canvas, canvas.row_tokens(), {level}, noise, 1);
  // Given back in bfloat16, so that the sums are compared and not the rounding of E.
  const at::Tensor embed = test_support::random_numbers({kVocab, kHidden}, 6).to(at::kBFloat16);
  at::Tensor previous;
  if (has_previous) previous = test_support::random_numbers({canvas.row_count(), kVocab}, 7);
  const PackedMatrix mix = pack(embed.t(), format);
  const std::vector<float> times{0.5f};
  const auto kind = SelfConditioning::kLogitsMean;
  const Distributions p =
      make_distributions({canvas, simplex, times, previous}, kind, 0, canvas.row_count(), mix);
  const at::Tensor found = test::tensor_of(mix_embedding(p, mix, embed));
  const at::Tensor expected = diffusion::mix_embedding(simplex, kind, previous,
                                                       embed.to(at::kFloat), 0, canvas.row_count());
  // In 8 bits the tail of a spread row lands on other tokens than its own, with the same mass.
  EXPECT_LT(test::relative_error(found, expected), format == WeightFormat::kBf16 ? 0.005 : 0.03);
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const WeightFormat format : {WeightFormat::kBf16, WeightFormat::kQ8}) {
    for (const diffusion::Level level :
         {diffusion::kPureNoise, diffusion::Level{0.6f, 0.8f}, diffusion::Level{0.99f, 0.1f}}) {
      for (const bool has_previous : {false, true}) all.push_back({format, level, has_previous});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(LevelsAndFormats, Mix, ::testing::ValuesIn(cases()));

// What is kept exactly and what is rounded make up the whole distribution.
TEST(MixTest, EightBitsKeepTheMassOfEveryRow) {
  const diffusion::Canvas canvas = model::test::random_canvas({2}, 30, kVocab, 3);
  const diffusion::CounterNoise noise({5});
  const auto simplex = diffusion::NoisySimplex::regenerated(canvas, canvas.row_tokens(),
                                                            {diffusion::kPureNoise}, noise, 1);
  const PackedMatrix mix =
      pack(test_support::random_numbers({kHidden, kVocab}, 6), WeightFormat::kQ8);
  const std::vector<float> times{0.5f};
  const Distributions p = make_distributions(
      {canvas, simplex, times, {}}, SelfConditioning::kLogitsMean, 0, canvas.row_count(), mix);
  for (std::int64_t i = 0; i < p.operand.rows; ++i) {
    const auto at = static_cast<std::size_t>(i);
    double mass = 0.0;
    for (std::int64_t v = 0; v < kVocab; ++v)
      mass += p.operand.bytes.row(i)[v] * p.operand.scales[at];
    for (const auto& share : p.exact[at]) mass += share.probability;
    EXPECT_NEAR(mass, 1.0, 16 * p.operand.scales[at]) << "half a step a lane";
    EXPECT_LE(p.exact[at].size(), 8u);
  }
}

}  // namespace
}  // namespace tess2::engine
