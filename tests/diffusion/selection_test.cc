#include "diffusion/selection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "core/random.h"
#include "support/vector_targets.h"

namespace tess2::diffusion {
namespace {

/// By a full sort.
Crossing sorted_crossing(std::vector<float> values, double mass) {
  std::ranges::sort(values, std::greater<>());
  Crossing found{values[0], 0, 0.0};
  for (std::size_t i = 0; i < values.size(); ++i) {
    found.rank = i > 0 && values[i] == values[i - 1] ? found.rank + 1 : 0;
    found.value = values[i];
    found.mass += static_cast<double>(values[i]);
    if (found.mass >= mass) break;
  }
  return found;
}

Crossing crossing_in(std::vector<float> values, double mass) {
  std::vector<float> spare(values.size());
  const Kept all = keep_at_least(values, 0.0f, values);
  return crossing(values, all, spare, mass);
}

/// Positive values of which many are equal: multiples of 2^-20, whose sums are exact in any order.
std::vector<float> exact_values(std::size_t n, float sharpness, std::uint32_t row) {
  std::vector<float> values(n);
  fill_normal(values, 9, Stream::kSynthetic, 0, row);
  for (float& x : values) x = std::ceil(std::exp(sharpness * x) * 1024.0f) * 0x1p-20f;
  return values;
}

class CrossingTest : public ::testing::TestWithParam<std::size_t> {};

TEST_P(CrossingTest, EqualsAFullSort) {
  std::uint32_t row = 0;
  for (const float sharpness : {0.0f, 1e-3f, 0.1f, 1.0f, 4.0f}) {
    const std::vector<float> values = exact_values(GetParam(), sharpness, row++);
    double total = 0.0;
    for (const float x : values) total += static_cast<double>(x);
    tess2::testing::for_each_target([&] {
      for (const double share : {0.0, 1e-6, 0.2, 0.5, 0.9, 0.99, 1.0, 2.0}) {
        const Crossing expected = sorted_crossing(values, share * total);
        const Crossing found = crossing_in(values, share * total);
        EXPECT_EQ(found.value, expected.value) << sharpness << " " << share;
        EXPECT_EQ(found.rank, expected.rank) << sharpness << " " << share;
        EXPECT_EQ(found.mass, expected.mass) << sharpness << " " << share;
      }
    });
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, CrossingTest, ::testing::Values(1, 2, 63, 64, 65, 100, 1000, 5003));

TEST(Crossing, FindsItsPlaceAmongFarApartGroupsOfEquals) {
  std::vector<float> values;
  for (int i = 0; i < 300; ++i) {
    values.push_back(0x1p-30f);
    values.push_back(1.0f);
    values.push_back(0x1p-10f);
  }
  tess2::testing::for_each_target([&] {
    EXPECT_EQ(crossing_in(values, 250.0).value, 1.0f);
    EXPECT_EQ(crossing_in(values, 250.0).rank, 249u);
    EXPECT_EQ(crossing_in(values, 250.5).rank, 250u);
    EXPECT_EQ(crossing_in(values, 300.0 + 0x1p-10).value, 0x1p-10f);
    EXPECT_EQ(crossing_in(values, 300.0 + 0x1p-10).rank, 0u);
    EXPECT_EQ(crossing_in(values, 1e9).value, 0x1p-30f);
    EXPECT_EQ(crossing_in(values, 1e9).rank, 299u);
  });
}

TEST(Crossing, RefusesWhatHoldsNoNumber) {
  EXPECT_THROW(crossing_in({NAN, NAN}, 0.5), std::exception);
}

TEST(KeepAtLeast, KeepsTheOrder) {
  const std::vector<float> values = exact_values(333, 1.0f, 3);
  const float least = values[100];
  std::vector<float> expected;
  double mass = 0.0;
  for (const float x : values) {
    if (x < least) continue;
    expected.push_back(x);
    mass += static_cast<double>(x);
  }
  tess2::testing::for_each_target([&] {
    std::vector<float> out(values.size());
    const Kept kept = keep_at_least(values, least, out);
    out.resize(kept.count);
    EXPECT_EQ(out, expected);
    EXPECT_EQ(kept.mass, mass);
    EXPECT_EQ(kept.least, least);
    EXPECT_EQ(kept.largest, *std::ranges::max_element(values));
  });
}

TEST(IndexOf, CountsEqualsInBothTypes) {
  std::vector<float> values(100, 1.0f);
  for (const std::size_t i : {3u, 40u, 41u, 99u}) values[i] = -2.5f;
  std::vector<Float16> halves(values.size());
  to_float16(values, halves);
  tess2::testing::for_each_target([&] {
    EXPECT_EQ(index_of(values, -2.5f, 0), 3u);
    EXPECT_EQ(index_of(values, -2.5f, 2), 41u);
    EXPECT_EQ(index_of(halves, -2.5f, 3), 99u);
    EXPECT_EQ(index_of(halves, 1.0f, 95), 98u);
    EXPECT_THROW(index_of(values, -2.5f, 4), std::exception);
    EXPECT_THROW(index_of(values, 0.0f, 0), std::exception);
  });
}

}  // namespace
}  // namespace tess2::diffusion
