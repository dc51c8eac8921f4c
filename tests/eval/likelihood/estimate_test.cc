#include "eval/likelihood/estimate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"

namespace tess2::eval {
namespace {

TEST(Estimate, IsTheRatioOfSums) {
  // (1 + 9) / (1 + 4), not the mean of 1 and 2.25.
  const std::vector<Amount> texts{{1.0, 1.0}, {9.0, 4.0}};
  EXPECT_DOUBLE_EQ(ratio_estimate(texts, 0).value, 2.0);
  EXPECT_EQ(ratio_estimate({}, 0).value, 0.0);
}

TEST(Estimate, TwoTextsGiveTheIntervalFromOneToTheOther) {
  // A quarter of the resamples hold the one alone, a quarter the other.
  const std::vector<Amount> texts{{1.0, 1.0}, {3.0, 1.0}};
  const auto interval = ratio_estimate(texts, 5).interval;
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 1.0);
  EXPECT_EQ(interval->high, 3.0);
}

TEST(Estimate, OneTextHasNoInterval) {
  EXPECT_FALSE(ratio_estimate(std::vector<Amount>{{1.0, 2.0}}, 0).interval);
  EXPECT_FALSE(ratio_estimate(std::vector<Amount>{{1.0, 2.0}, {0.0, 0.0}}, 0).interval);
}

TEST(Estimate, TheIntervalIsThatOfTheNormalDistributionForManyTexts) {
  Rng rng(3, Stream::kSynthetic);
  std::vector<Amount> texts(400);
  double squares = 0.0;
  for (Amount& text : texts) text = {static_cast<double>(rng.normal()), 1.0};
  const Estimate estimate = ratio_estimate(texts, 1);
  for (const Amount& text : texts) squares += std::pow(text.sum - estimate.value, 2);
  const double half = 1.96 * std::sqrt(squares / 400.0 / 400.0);
  ASSERT_TRUE(estimate.interval);
  EXPECT_NEAR(estimate.interval->high - estimate.value, half, 0.12 * half);
  EXPECT_NEAR(estimate.value - estimate.interval->low, half, 0.12 * half);
}

TEST(Estimate, IsAFunctionOfItsSeed) {
  std::vector<Amount> texts;
  for (int i = 0; i < 20; ++i) texts.push_back({std::sin(i), 1.0 + i % 3});
  const auto low = [&](std::uint64_t seed) { return ratio_estimate(texts, seed).interval->low; };
  EXPECT_EQ(low(1), low(1));
  EXPECT_NE(low(1), low(2));
}

TEST(Estimate, AGrowingFunctionMovesTheEnds) {
  const Estimate estimate =
      mapped({0.0, Interval{-1.0, 1.0}}, [](double x) { return std::exp(x); });
  EXPECT_EQ(estimate.value, 1.0);
  EXPECT_DOUBLE_EQ(estimate.interval->low, std::exp(-1.0));
  EXPECT_FALSE(mapped({0.0, std::nullopt}, [](double x) { return x; }).interval);
}

}  // namespace
}  // namespace tess2::eval
