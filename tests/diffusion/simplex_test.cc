#include "diffusion/simplex.h"

#include <gtest/gtest.h>

#include "diffusion/fakes.h"

namespace tess2::diffusion {
namespace {

constexpr std::int64_t kVocab = 41;

class SimplexTest : public ::testing::Test {
 protected:
  SimplexTest()
      : canvas_(testing::make_canvas(2, 70, 5)),
        noise_({11, 12}),
        simplex_(NoisySimplex::regenerated(canvas_, canvas_.row_tokens(),
                                           {Level{0.6f, 0.8f}, Level{0.28f, 0.96f}}, noise_, 3)) {}

  Canvas canvas_;
  CounterNoise noise_;
  NoisySimplex simplex_;
};

TEST_F(SimplexTest, RowsAreTheForwardProcess) {
  const at::Tensor dense = simplex_.to_dense(kVocab);
  ASSERT_EQ(dense.sizes(), (at::IntArrayRef{130, kVocab}));
  for (const std::int64_t n : {0, 64, 65, 129}) {
    at::Tensor eps = at::empty({kVocab}, at::kFloat);
    noise_.fill(canvas_.row_sequence(n), 3, canvas_.row_position(n),
                {eps.data_ptr<float>(), static_cast<std::size_t>(kVocab)});
    at::Tensor clean = at::full({kVocab}, -5.0f);
    clean[canvas_.row_tokens()[n].item<std::int64_t>()] = 5.0f;
    const bool first = n < 65;
    const at::Tensor expected =
        clean * (first ? 0.6f : 0.28f) + eps * (5.0f * (first ? 0.8f : 0.96f));
    EXPECT_LT((dense[n] - expected).abs().max().item<float>(), 1e-5f) << n;
  }
}

TEST_F(SimplexTest, DenseAndRegeneratedGiveTheSameBits) {
  const NoisySimplex dense = NoisySimplex::dense(simplex_.to_dense(kVocab));
  std::vector<float> a(kVocab), b(kVocab);
  for (std::int64_t n = 0; n < canvas_.row_count(); ++n) {
    simplex_.fill_row(n, a);
    dense.fill_row(n, b);
    EXPECT_EQ(a, b);
  }
}

TEST_F(SimplexTest, MixingIsTheMeanOfTwoSoftmaxesTimesTheEmbedding) {
  const at::Tensor embedding = at::sin(at::arange(kVocab * 6, at::kFloat)).view({kVocab, 6});
  const at::Tensor previous =
      at::cos(at::arange(canvas_.row_count() * kVocab, at::kFloat) * 0.7).view({-1, kVocab}) * 4;
  const at::Tensor p = at::softmax(simplex_.to_dense(kVocab), -1);
  const auto check = [&](SelfConditioning mode, const at::Tensor& given, const at::Tensor& want) {
    const at::Tensor mixed = mix_embedding(simplex_, mode, given, embedding, 0, 130);
    EXPECT_LT((mixed - at::mm(want, embedding)).abs().max().item<float>(), 1e-6f);
    const at::Tensor part = mix_embedding(simplex_, mode, given, embedding, 65, 130);
    EXPECT_LT((part - mixed.narrow(0, 65, 65)).abs().max().item<float>(), 1e-6f);
  };
  check(SelfConditioning::kNone, {}, p);
  check(SelfConditioning::kLogitsMean, {}, (p + 1.0 / kVocab) / 2);
  check(SelfConditioning::kLogitsMean, previous, (p + at::softmax(previous, -1)) / 2);
}

TEST(GivenNoise, RefusesPlacesItDoesNotHave) {
  const GivenNoise noise(at::zeros({2, 1, 4, 8}));
  std::vector<float> row(8), wide(9);
  EXPECT_NO_THROW(noise.fill(0, 1, 3, row));
  EXPECT_THROW(noise.fill(0, 2, 3, row), std::exception);
  EXPECT_THROW(noise.fill(0, 1, 3, wide), std::exception);
  EXPECT_THROW(GivenNoise(at::zeros({2, 8})), std::exception);
}

TEST(Canvas, KeepsRowsInOrderAndFillsTheSpanAlone) {
  const Canvas canvas = testing::make_canvas(2, 5, 3);
  EXPECT_EQ(canvas.row_count(), 4);
  EXPECT_EQ(canvas.row_begin(1), 2);
  EXPECT_EQ(canvas.row_sequence(2), 1);
  EXPECT_EQ(canvas.row_position(2), 3);
  const at::Tensor filled = canvas.filled(at::tensor({50, 51, 52, 53}, at::kLong));
  EXPECT_TRUE(filled.equal(at::tensor({1, 2, 3, 50, 51, 6, 0, 1, 52, 53}, at::kLong).view({2, 5})));
  const Canvas all(canvas.ids(), canvas.span_mask(), at::ones({2, 5}, at::kBool));
  EXPECT_EQ(all.row_count(), 10);
  EXPECT_FALSE(all.row_in_span(2));
  EXPECT_TRUE(all.row_in_span(3));
  EXPECT_THROW(Canvas(canvas.ids(), at::ones({2, 4}, at::kBool)), std::exception);
}

}  // namespace
}  // namespace tess2::diffusion
