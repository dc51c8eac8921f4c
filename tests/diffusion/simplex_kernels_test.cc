#include "diffusion/simplex_kernels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"
#include "support/vector_targets.h"

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

std::vector<Float16> halves_of(const std::vector<float>& values) {
  std::vector<Float16> halves(values.size());
  to_float16(values, halves);
  return halves;
}

std::vector<float> floats_of(const std::vector<Float16>& halves) {
  std::vector<float> values(halves.size());
  to_float32(halves, values);
  return values;
}

/// Sizes below, at and beside the width of the vector code; every check runs on every target.
class SimplexKernelsTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  std::size_t size() const { return GetParam(); }
};

TEST_P(SimplexKernelsTest, NoiseToSimplexAddsTheTokenToTheNoise) {
  const std::vector<float> eps = normals(size(), 1.0f);
  const auto token = static_cast<std::int64_t>(size() / 2);
  tess2::testing::for_each_target([&] {
    std::vector<float> row = eps;
    noise_to_simplex(row, 4.0f, token, 3.0f, -3.0f);
    for (std::size_t v = 0; v < size(); ++v) {
      const float value = static_cast<std::int64_t>(v) == token ? 3.0f : -3.0f;
      EXPECT_EQ(row[v], eps[v] * 4.0f + value) << v;
    }
    for (const std::int64_t outside : {std::int64_t{-1}, static_cast<std::int64_t>(size())}) {
      std::vector<float> part = eps;
      noise_to_simplex(part, 4.0f, outside, 3.0f, -3.0f);
      for (std::size_t v = 0; v < size(); ++v) EXPECT_EQ(part[v], eps[v] * 4.0f - 3.0f) << v;
    }
  });
}

TEST_P(SimplexKernelsTest, ExponentialsWithTheirSumAndPeak) {
  const std::vector<float> values = normals(size(), 6.0f);
  tess2::testing::for_each_target([&] {
    std::vector<float> row = values;
    const Exponentials result = exponentiate(row, 1.5f);
    double sum = 0.0;
    for (std::size_t v = 0; v < size(); ++v) {
      const double expected = std::exp(static_cast<double>(values[v]) - 1.5);
      EXPECT_NEAR(row[v] / expected, 1.0, 2e-6) << v;  // the difference is rounded first
      sum += expected;
    }
    EXPECT_NEAR(result.sum / sum, 1.0, 1e-6);
    EXPECT_EQ(result.peak, *std::ranges::max_element(values));
  });
}

TEST_P(SimplexKernelsTest, ExponentialsAtAnyTemperatureAreInProportionToTheSoftmax) {
  const std::vector<float> logits = normals(size(), 6.0f);
  tess2::testing::for_each_target([&] {
    for (const double temperature : {0.3, 1.0, 2.5}) {
      std::vector<float> row(size());
      const auto scale = static_cast<float>(1.0 / temperature);
      const double sum = exponentials_of(logits, largest_of(logits), scale, row);
      for (std::size_t v = 0; v < size(); ++v) {
        EXPECT_NEAR(row[v] / sum, exact_softmax(logits, v, temperature), 1e-6) << v;
      }
    }
  });
}

TEST_P(SimplexKernelsTest, AverageIsHalfOfEach) {
  const std::vector<float> before = normals(size(), 1.0f, 1);
  const std::vector<Float16> halves = halves_of(normals(size(), 4.0f, 2));
  const std::vector<float> logits = floats_of(halves);
  tess2::testing::for_each_target([&] {
    std::vector<float> row = before, same = before;
    add_half_softmax(row, 0.5f, logits);
    add_half_softmax(same, 0.5f, halves);
    EXPECT_EQ(row, same);
    for (std::size_t v = 0; v < size(); ++v) {
      EXPECT_NEAR(row[v], (before[v] + exact_softmax(logits, v)) / 2, 1e-6) << v;
    }
  });
}

TEST_P(SimplexKernelsTest, LogSumExpAndTheSoftmaxMadeFromIt) {
  const std::vector<float> logits = normals(size(), 6.0f);
  tess2::testing::for_each_target([&] {
    const float lse = log_sum_exp(logits);
    EXPECT_NEAR(lse, exact_log_sum(logits), 4e-6);
    std::vector<float> apart(size()), in_place = logits;
    scaled_softmax(logits, lse, 0.25f, apart);
    scaled_softmax(in_place, lse, 0.25f, in_place);
    EXPECT_EQ(apart, in_place);
    for (std::size_t v = 0; v < size(); ++v) {
      EXPECT_NEAR(apart[v], 0.25 * exact_softmax(logits, v), 2e-6) << v;
    }
  });
}

TEST_P(SimplexKernelsTest, EntropyAndDivergenceAreThoseOfDoubleInEitherType) {
  const std::vector<Float16> halves = halves_of(normals(size(), 3.0f, 1));
  const std::vector<Float16> other_halves = halves_of(normals(size(), 3.0f, 2));
  const std::vector<float> logits = floats_of(halves), other = floats_of(other_halves);
  const double lse = exact_log_sum(logits), other_lse = exact_log_sum(other);
  double entropy = 0.0, divergence = 0.0;
  for (std::size_t v = 0; v < size(); ++v) {
    const double p = exact_softmax(logits, v);
    entropy -= p * (logits[v] - lse);
    divergence += p * ((logits[v] - lse) - (other[v] - other_lse));
  }
  tess2::testing::for_each_target([&] {
    EXPECT_NEAR(entropy_of(logits), entropy, 3e-6);
    EXPECT_EQ(entropy_of(halves), entropy_of(logits));
    EXPECT_NEAR(divergence_of(logits, other), divergence, 1e-5);
    EXPECT_EQ(divergence_of(halves, other_halves), divergence_of(logits, other));
    EXPECT_EQ(divergence_of(halves, other), divergence_of(logits, other_halves));
    EXPECT_NEAR(divergence_of(logits, logits), 0.0, 1e-6);
  });
}

INSTANTIATE_TEST_SUITE_P(Sizes, SimplexKernelsTest,
                         ::testing::Values(1, 5, 15, 16, 17, 64, 701, 2051));

TEST(SimplexKernels, LargeLogitsDoNotOverflow) {
  tess2::testing::for_each_target([] {
    const std::vector<float> row{1e4f, 1e4f, -1e4f};
    EXPECT_NEAR(log_sum_exp(row), 1e4 + std::log(2.0), 1e-2);
    EXPECT_NEAR(entropy_of(row), std::log(2.0), 1e-6);
    std::vector<float> p(3, 0.0f);
    add_half_softmax(p, 1.0f, row);
    EXPECT_FLOAT_EQ(p[0], 0.25f);
    EXPECT_FLOAT_EQ(p[1], 0.25f);
    EXPECT_NEAR(p[2], 0.0, 1e-30);
  });
}

}  // namespace
}  // namespace tess2::diffusion
