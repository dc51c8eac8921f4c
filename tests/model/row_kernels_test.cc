#include "model/row_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"

namespace tess2::model::kernels {
namespace {

using Row = std::vector<float>;

Row normals(std::int64_t n, float scale, std::uint32_t row) {
  Row values(static_cast<std::size_t>(n));
  fill_normal(values, 3, Stream::kSynthetic, 0, row);
  for (float& value : values) value *= scale;
  return values;
}

double sum_of_products(const Row& a, const Row& b) {
  double total = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) total += static_cast<double>(a[i]) * b[i];
  return total;
}

/// Sizes below, at and beside the width of the vector code.
class RowKernelsTest : public ::testing::TestWithParam<std::int64_t> {
 protected:
  std::int64_t n() const { return GetParam(); }
  std::size_t size() const { return static_cast<std::size_t>(GetParam()); }
};

TEST_P(RowKernelsTest, RmsNormDividesByTheRootOfTheMeanSquare) {
  const Row x = normals(n(), 3.0f, 0), w = normals(n(), 1.0f, 1);
  Row y(size());
  const float r = rms_norm(x.data(), w.data(), n(), 0.01f, y.data());
  const double expected =
      1.0 / std::sqrt(sum_of_products(x, x) / static_cast<double>(size()) + 0.01);
  EXPECT_NEAR(r, expected, 1e-6 * expected);
  for (std::size_t i = 0; i < size(); ++i) EXPECT_NEAR(y[i], x[i] * expected * w[i], 1e-5);
}

TEST_P(RowKernelsTest, RmsNormBackwardIsItsDerivative) {
  const Row x = normals(n(), 2.0f, 0), w = normals(n(), 1.0f, 1), dy = normals(n(), 1.0f, 2);
  Row y(size()), dx(size()), dx_alone(size()), dw = normals(n(), 1.0f, 3);
  const Row dw_before = dw;
  const float r = rms_norm(x.data(), w.data(), n(), 1e-3f, y.data());
  rms_norm_backward(x.data(), w.data(), dy.data(), r, n(), dx.data(), dw.data());
  rms_norm_backward(x.data(), w.data(), dy.data(), r, n(), dx_alone.data(), nullptr);
  EXPECT_EQ(dx, dx_alone);
  double pull = 0.0;
  for (std::size_t i = 0; i < size(); ++i) pull += static_cast<double>(w[i]) * dy[i] * x[i];
  for (std::size_t i = 0; i < size(); ++i) {
    const double exact = r * (static_cast<double>(w[i]) * dy[i] -
                              static_cast<double>(r) * r * x[i] * pull / static_cast<double>(n()));
    EXPECT_NEAR(dx[i], exact, 1e-5) << i;
    EXPECT_NEAR(dw[i], dw_before[i] + static_cast<double>(x[i]) * r * dy[i], 1e-5) << i;
  }
}

TEST_P(RowKernelsTest, SwiGluAndItsDerivatives) {
  const Row g = normals(n(), 5.0f, 0), u = normals(n(), 2.0f, 1), dy = normals(n(), 1.0f, 2);
  Row y(size()), dg(size()), du(size());
  swiglu(g.data(), u.data(), n(), y.data());
  swiglu_backward(g.data(), u.data(), dy.data(), n(), dg.data(), du.data());
  const auto silu = [](double x) { return x / (1.0 + std::exp(-x)); };
  const double h = 1e-5;
  for (std::size_t i = 0; i < size(); ++i) {
    EXPECT_NEAR(y[i], silu(g[i]) * u[i], 2e-5) << i;
    EXPECT_NEAR(du[i], dy[i] * silu(g[i]), 2e-5) << i;
    EXPECT_NEAR(dg[i], dy[i] * u[i] * (silu(g[i] + h) - silu(g[i] - h)) / (2 * h), 2e-5) << i;
  }
}

TEST_P(RowKernelsTest, RotationTurnsPairsAndTurnsBack) {
  const Row x = normals(2 * n(), 1.0f, 0);
  Row cos(size()), sin(size()), y(2 * size()), back(2 * size());
  for (std::size_t j = 0; j < size(); ++j) {
    cos[j] = static_cast<float>(std::cos(0.3 * static_cast<double>(j)));
    sin[j] = static_cast<float>(std::sin(0.3 * static_cast<double>(j)));
  }
  rotate_head(x.data(), cos.data(), sin.data(), n(), 1.0f, y.data());
  rotate_head(y.data(), cos.data(), sin.data(), n(), -1.0f, back.data());
  for (std::size_t j = 0; j < size(); ++j) {
    EXPECT_NEAR(y[j], x[j] * cos[j] - x[j + size()] * sin[j], 1e-6) << j;
    EXPECT_NEAR(y[j + size()], x[j + size()] * cos[j] + x[j] * sin[j], 1e-6) << j;
  }
  for (std::size_t j = 0; j < 2 * size(); ++j) EXPECT_NEAR(back[j], x[j], 1e-6) << j;
}

TEST_P(RowKernelsTest, SoftmaxOfAWindowAndTheSameFromItsLogSum) {
  const Row scores = normals(n(), 4.0f, 0);
  const std::int64_t begin = n() / 4, end = n() - n() / 5;
  Row p = scores, again = scores;
  const float lse = softmax_window(p.data(), n(), begin, end, 0.5f);
  softmax_from_lse(again.data(), n(), begin, end, 0.5f, lse);
  double total = 0.0;
  for (std::int64_t i = begin; i < end; ++i) {
    total += std::exp(0.5 * scores[static_cast<std::size_t>(i)]);
  }
  EXPECT_NEAR(lse, std::log(total), 2e-6);
  for (std::int64_t i = 0; i < n(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const bool inside = i >= begin && i < end;
    EXPECT_NEAR(p[at], inside ? std::exp(0.5 * scores[at]) / total : 0.0, 1e-6) << i;
    EXPECT_NEAR(again[at], p[at], 1e-6) << i;
    EXPECT_EQ(p[at] == 0.0f, !inside) << i;
  }
}

TEST_P(RowKernelsTest, SoftmaxBackwardAndDot) {
  const Row p = normals(n(), 1.0f, 0), upstream = normals(n(), 1.0f, 1);
  Row dp = upstream;
  softmax_backward(p.data(), dp.data(), n(), 0.7f, 0.5f);
  for (std::size_t i = 0; i < size(); ++i) {
    EXPECT_NEAR(dp[i], 0.5 * p[i] * (upstream[i] - 0.7), 1e-6) << i;
  }
  EXPECT_NEAR(dot(p.data(), upstream.data(), n()), sum_of_products(p, upstream), 1e-5);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RowKernelsTest, ::testing::Values(1, 7, 15, 16, 17, 64, 131));

TEST(RowKernels, ExtremeNumbersStayFinite) {
  const Row g{-1e4f, 1e4f}, u{1.0f, 1.0f};
  Row y(2), dg(2), du(2);
  swiglu(g.data(), u.data(), 2, y.data());
  swiglu_backward(g.data(), u.data(), u.data(), 2, dg.data(), du.data());
  EXPECT_NEAR(y[0], 0.0, 1e-20);
  EXPECT_EQ(y[1], 1e4f);
  EXPECT_NEAR(dg[0], 0.0, 1e-20);
  EXPECT_FLOAT_EQ(dg[1], 1.0f);
  Row scores{1e4f, 1e4f - 3.0f};
  EXPECT_NEAR(softmax_window(scores.data(), 2, 0, 2, 1.0f), 1e4, 1.0);
  EXPECT_NEAR(scores[0] / scores[1], std::exp(3.0), 1e-4);
}

}  // namespace
}  // namespace tess2::model::kernels
