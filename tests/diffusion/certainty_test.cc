#include "diffusion/certainty.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>
#include <vector>

#include "core/random.h"

namespace tess2::diffusion {
namespace {

std::vector<float> logits_of(std::initializer_list<double> probabilities) {
  std::vector<float> logits;
  for (const double p : probabilities) logits.push_back(static_cast<float>(std::log(p) + 7.0));
  return logits;
}

TEST(Certainty, IsThatOfTheDistribution) {
  const auto logits = logits_of({0.1, 0.2, 0.4, 0.2, 0.1});
  const Certainty certainty = certainty_of(logits, 4);
  const double entropy = -(0.4 * std::log(0.4) + 0.4 * std::log(0.2) + 0.2 * std::log(0.1));
  EXPECT_NEAR(certainty.entropy, entropy, 1e-5);
  ASSERT_EQ(certainty.likeliest.size(), 4u);
  const std::array<std::int64_t, 4> tokens{2, 1, 3, 0};
  const std::array<double, 4> probabilities{0.4, 0.2, 0.2, 0.1};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(certainty.likeliest[i].token, tokens[i]) << i;
    EXPECT_NEAR(certainty.likeliest[i].probability, probabilities[i], 1e-6) << i;
  }
  EXPECT_NEAR(largest_probability(logits), 0.4, 1e-6);
}

TEST(Certainty, TheLikeliestOfManyAreThoseOfAFullSort) {
  for (const float step : {0.0f, 0.25f, 1e-3f}) {
    std::vector<float> logits(1000);
    fill_normal(logits, 3, Stream::kSynthetic, 0, 0);
    for (float& x : logits) x = step > 0.0f ? std::round(x / step) * step : 0.0f;
    std::vector<Float16> halves(logits.size());
    to_float16(logits, halves);
    to_float32(halves, logits);
    std::vector<std::int64_t> order(logits.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, std::greater<>(),
                             [&](auto v) { return logits[static_cast<std::size_t>(v)]; });
    for (const std::size_t count : {1u, 5u, 8u, 9u, 200u, 1000u}) {
      const auto found = certainty_of(logits, count).likeliest;
      const auto in_half = certainty_of(halves, count).likeliest;
      ASSERT_EQ(found.size(), count);
      ASSERT_EQ(in_half.size(), count);
      for (std::size_t i = 0; i < count; ++i) {
        EXPECT_EQ(found[i].token, order[i]) << count << " " << i;
        EXPECT_EQ(in_half[i].token, order[i]) << count << " " << i;
        EXPECT_EQ(in_half[i].probability, found[i].probability);
      }
    }
  }
}

TEST(Certainty, NoMoreTokensThanThereAre) {
  EXPECT_EQ(certainty_of(logits_of({0.5, 0.5}), 10).likeliest.size(), 2u);
}

TEST(Certainty, ACertainTokenHasNoEntropy) {
  const std::vector<float> logits{0.0f, 200.0f, 0.0f};
  EXPECT_NEAR(certainty_of(logits, 1).entropy, 0.0f, 1e-20f);
  EXPECT_EQ(certainty_of(logits, 1).likeliest.front().token, 1);
}

}  // namespace
}  // namespace tess2::diffusion
