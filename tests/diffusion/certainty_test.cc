#include "diffusion/certainty.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <vector>

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
