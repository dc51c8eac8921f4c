#include "diffusion/simplex_kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "core/random.h"

namespace tess2::diffusion {
namespace {

std::vector<float> normals(std::size_t n, float scale, std::uint32_t row = 0) {
  std::vector<float> values(n);
  fill_normal(values, 5, Stream::kSynthetic, 0, row);
  for (float& value : values) value *= scale;
  return values;
}

/// log(sum(exp(row / temperature))) in double.
double exact_log_sum(const std::vector<float>& row, double temperature = 1.0) {
  double peak = -INFINITY, total = 0.0;
  for (const float x : row) peak = std::max(peak, x / temperature);
  for (const float x : row) total += std::exp(x / temperature - peak);
  return peak + std::log(total);
}

double exact_softmax(const std::vector<float>& row, std::size_t i, double temperature = 1.0) {
  return std::exp(row[i] / temperature - exact_log_sum(row, temperature));
}

/// Sizes below, at and beside the width of the vector code.
class SimplexKernelsTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  std::size_t size() const { return GetParam(); }
};

TEST_P(SimplexKernelsTest, NoiseToSimplexAddsTheTokenToTheNoise) {
  const std::vector<float> eps = normals(size(), 1.0f);
  const auto token = static_cast<std::int64_t>(size() / 2);
  std::vector<float> row = eps;
  noise_to_simplex(row, 4.0f, token, 3.0f, -3.0f);
  for (std::size_t v = 0; v < size(); ++v) {
    const float value = static_cast<std::int64_t>(v) == token ? 3.0f : -3.0f;
    EXPECT_FLOAT_EQ(row[v], eps[v] * 4.0f + value) << v;
  }
}

TEST_P(SimplexKernelsTest, SoftmaxIsThatOfDoubleAtAnyTemperature) {
  const std::vector<float> logits = normals(size(), 6.0f);
  for (const float temperature : {0.3f, 1.0f, 2.5f}) {
    std::vector<float> row = logits;
    softmax_row(row, temperature);
    for (std::size_t v = 0; v < size(); ++v) {
      EXPECT_NEAR(row[v], exact_softmax(logits, v, temperature), 1e-6) << v;
    }
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1.0, 1e-6);
  }
}

TEST_P(SimplexKernelsTest, AverageIsHalfOfEach) {
  const std::vector<float> before = normals(size(), 1.0f, 1);
  const std::vector<float> logits = normals(size(), 4.0f, 2);
  std::vector<float> row = before;
  average_with_softmax(row, logits);
  for (std::size_t v = 0; v < size(); ++v) {
    EXPECT_NEAR(row[v], (before[v] + exact_softmax(logits, v)) / 2, 1e-6) << v;
  }
}

TEST_P(SimplexKernelsTest, LogSumExpAndTheSoftmaxMadeFromIt) {
  const std::vector<float> logits = normals(size(), 6.0f);
  const float lse = log_sum_exp(logits);
  EXPECT_NEAR(lse, exact_log_sum(logits), 4e-6);
  std::vector<float> apart(size()), in_place = logits;
  scaled_softmax(logits, lse, 0.25f, apart);
  scaled_softmax(in_place, lse, 0.25f, in_place);
  EXPECT_EQ(apart, in_place);
  for (std::size_t v = 0; v < size(); ++v) {
    EXPECT_NEAR(apart[v], 0.25 * exact_softmax(logits, v), 2e-6) << v;
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, SimplexKernelsTest, ::testing::Values(1, 5, 15, 16, 17, 64, 701));

TEST(SimplexKernels, LargeLogitsDoNotOverflow) {
  std::vector<float> row{1e4f, 1e4f, -1e4f};
  EXPECT_NEAR(log_sum_exp(row), 1e4 + std::log(2.0), 1e-2);
  softmax_row(row);
  EXPECT_FLOAT_EQ(row[0], 0.5f);
  EXPECT_FLOAT_EQ(row[1], 0.5f);
  EXPECT_NEAR(row[2], 0.0, 1e-30);
}

}  // namespace
}  // namespace tess2::diffusion
