#include "diffusion/simplex.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.h"
#include "diffusion/fakes.h"
#include "support/vector_targets.h"

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

TEST_F(SimplexTest, APartOfARowIsThatPart) {
  std::vector<float> whole(kVocab), part(17);
  for (const NoisySimplex& simplex : {simplex_, NoisySimplex::dense(simplex_.to_dense(kVocab))}) {
    for (const std::int64_t n : {0, 1, 5, 129}) {
      simplex.fill_row(n, whole);
      for (const std::int64_t first : {0, 3, 20}) {
        simplex.fill_row(n, part, first);
        EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + first)) << n << first;
      }
    }
  }
}

// p of section 2 in double.
std::vector<double> exact_mix(const std::vector<float>& simplex, const std::vector<float>* logits) {
  const auto softmax = [](const std::vector<float>& row) {
    const double peak = *std::max_element(row.begin(), row.end());
    std::vector<double> p;
    for (const float x : row) p.push_back(std::exp(x - peak));
    const double sum = std::accumulate(p.begin(), p.end(), 0.0);
    for (double& x : p) x /= sum;
    return p;
  };
  std::vector<double> p = softmax(simplex);
  const std::vector<double> before = softmax(logits ? *logits : std::vector<float>(p.size(), 0));
  for (std::size_t v = 0; v < p.size(); ++v) p[v] = (p[v] + before[v]) / 2;
  return p;
}

// Longer than the parts that a row is mixed in, and of no round length.
TEST(MixRow, IsTheMeanOfTwoSoftmaxesOnEveryTarget) {
  constexpr std::int64_t kWide = 5003;
  const Canvas canvas = testing::make_canvas(1, 3, 1);
  const CounterNoise noise({4});
  const NoisySimplex simplex = NoisySimplex::regenerated(canvas, at::tensor({2, 4999}, at::kLong),
                                                         {Level{0.6f, 0.8f}}, noise, 1);
  std::vector<float> s(kWide), p(kWide), logits(kWide), same(kWide);
  fill_normal(logits, 8, Stream::kSynthetic, 0, 0);
  std::vector<Float16> halves(kWide);
  to_float16(logits, halves);
  to_float32(halves, logits);
  tess2::testing::for_each_target([&] {
    for (const std::int64_t n : {0, 1}) {
      simplex.fill_row(n, s);
      const auto with = exact_mix(s, &logits), without = exact_mix(s, nullptr);
      mix_row(simplex, n, SelfConditioning::kLogitsMean, {}, p);
      for (std::size_t v = 0; v < p.size(); ++v) EXPECT_NEAR(p[v] / without[v], 1.0, 3e-6) << v;
      mix_row(simplex, n, SelfConditioning::kLogitsMean, logits, p);
      mix_row(simplex, n, SelfConditioning::kLogitsMean, halves, same);
      EXPECT_EQ(p, same);
      for (std::size_t v = 0; v < p.size(); ++v) EXPECT_NEAR(p[v] / with[v], 1.0, 3e-6) << v;
    }
  });
}

// Far above or below what the generator's noise gives, as given noise may be.
TEST(MixRow, TakesAnySizeOfSimplex) {
  for (const float shift : {-3000.0f, -100.0f, -45.0f, 70.0f, 95.0f, 3000.0f}) {
    std::vector<float> s{0.0f, 1.0f, 2.0f, -1.0f, 0.5f};
    for (float& x : s) x += shift;
    const auto expected = exact_mix(s, nullptr);
    std::vector<float> p(s.size());
    const NoisySimplex simplex = NoisySimplex::dense(at::tensor(s).view({1, 5}));
    mix_row(simplex, 0, SelfConditioning::kLogitsMean, {}, p);
    for (std::size_t v = 0; v < p.size(); ++v) EXPECT_NEAR(p[v], expected[v], 1e-6) << shift;
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
    const at::Tensor later = given.defined() ? given.narrow(0, 65, 65) : given;
    const at::Tensor part = mix_embedding(simplex_, mode, later, embedding, 65, 130);
    EXPECT_LT((part - mixed.narrow(0, 65, 65)).abs().max().item<float>(), 1e-6f);
  };
  check(SelfConditioning::kNone, {}, p);
  check(SelfConditioning::kLogitsMean, {}, (p + 1.0 / kVocab) / 2);
  check(SelfConditioning::kLogitsMean, previous, (p + at::softmax(previous, -1)) / 2);
  const at::Tensor halves = previous.to(at::kHalf);
  check(SelfConditioning::kLogitsMean, halves, (p + at::softmax(halves.to(at::kFloat), -1)) / 2);
}

TEST(GivenNoise, RefusesPlacesItDoesNotHave) {
  const GivenNoise noise(at::zeros({2, 1, 4, 8}));
  std::vector<float> row(8), wide(9);
  EXPECT_NO_THROW(noise.fill(0, 1, 3, row));
  EXPECT_THROW(noise.fill(0, 2, 3, row), std::exception);
  EXPECT_THROW(noise.fill(0, 1, 3, wide), std::exception);
  EXPECT_THROW(noise.fill(0, 1, 3, row, 1), std::exception);
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
