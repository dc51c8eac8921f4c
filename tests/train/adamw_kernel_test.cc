#include "train/adamw_kernel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"

namespace tess2::train {
namespace {

std::vector<float> normals(std::int64_t n, std::uint32_t row) {
  std::vector<float> values(static_cast<std::size_t>(n));
  fill_normal(values, 3, Stream::kSynthetic, 0, row);
  return values;
}

/// Sizes below, at and beside the width of the vector code.
class AdamWKernel : public ::testing::TestWithParam<std::int64_t> {};

TEST_P(AdamWKernel, UpdatesEveryElementByTheFormula) {
  const std::int64_t n = GetParam();
  const AdamWCoefficients c{.beta1 = 0.9f,
                            .beta2 = 0.99f,
                            .epsilon = 1e-3f,
                            .step_size = 0.2f,
                            .variance_scale = 4.0f,
                            .keep = 0.95f,
                            .gradient_scale = 0.5f};
  std::vector<float> w = normals(n, 0), m = normals(n, 1), v = normals(n, 2);
  for (float& variance : v) variance *= variance;
  const std::vector<float> g = normals(n, 3), w0 = w, m0 = m, v0 = v;
  adamw_update(w.data(), m.data(), v.data(), g.data(), n, c);
  for (std::size_t i = 0; i < w.size(); ++i) {
    const double gradient = 0.5 * g[i];
    const double mean = 0.9 * m0[i] + 0.1 * gradient;
    const double variance = 0.99 * v0[i] + 0.01 * gradient * gradient;
    EXPECT_NEAR(m[i], mean, 1e-6) << i;
    EXPECT_NEAR(v[i], variance, 1e-6) << i;
    EXPECT_NEAR(w[i], 0.95 * w0[i] - 0.2 * mean / (std::sqrt(4.0 * variance) + 1e-3), 2e-6) << i;
  }
}

TEST_P(AdamWKernel, SumOfSquaresIsThatOfDouble) {
  const std::vector<float> g = normals(GetParam(), 3);
  double expected = 0.0;
  for (const float x : g) expected += static_cast<double>(x) * x;
  EXPECT_NEAR(sum_of_squares(g.data(), GetParam()), expected, 1e-12 * expected);
}

INSTANTIATE_TEST_SUITE_P(Sizes, AdamWKernel, ::testing::Values(1, 7, 8, 9, 64, 1001));

}  // namespace
}  // namespace tess2::train
