#include "diffusion/projection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"

namespace tess2::diffusion {
namespace {

std::vector<float> random_logits(std::size_t vocab, std::uint32_t step, float spread) {
  std::vector<float> logits(vocab);
  fill_normal(logits, 5, Stream::kNoise, step, 0);
  for (float& x : logits) x *= spread;
  return logits;
}

/// The nucleus by a full sort.
std::vector<std::uint8_t> sorted_nucleus(const std::vector<float>& logits, double top_p) {
  std::vector<double> p;
  for (float x : logits) p.push_back(std::exp(double(x)));
  const double total = std::accumulate(p.begin(), p.end(), 0.0);
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return p[a] > p[b]; });
  std::vector<std::uint8_t> kept(p.size(), 0);
  double mass = 0.0;
  for (std::size_t v : order) {
    kept[v] = 1;
    if ((mass += p[v] / total) >= top_p) break;
  }
  return kept;
}

TEST(Nucleus, EqualsAFullSort) {
  for (std::uint32_t step = 0; step < 20; ++step) {
    for (const float spread : {0.01f, 1.0f, 5.0f}) {
      const auto logits = random_logits(900, step, spread);
      for (const double top_p : {0.0, 0.1, 0.5, 0.9, 0.99}) {
        EXPECT_EQ(nucleus(logits, {top_p, 1.0}), sorted_nucleus(logits, top_p)) << top_p;
      }
    }
  }
}

TEST(Nucleus, KeepsEverythingAtOneAndTheLowerOfEquals) {
  const std::vector<float> equal(5, 0.0f);
  EXPECT_EQ(nucleus(equal, {1.0, 1.0}), (std::vector<std::uint8_t>{1, 1, 1, 1, 1}));
  EXPECT_EQ(nucleus(equal, {0.3, 1.0}), (std::vector<std::uint8_t>{1, 1, 0, 0, 0}));
  EXPECT_EQ(nucleus(equal, {0.0, 1.0}), (std::vector<std::uint8_t>{1, 0, 0, 0, 0}));
}

TEST(DrawToken, FollowsTheProbabilitiesWithinTheNucleus) {
  // Probabilities 0.5, 0.3, 0.15, 0.05 at temperature 2 of the squares.
  const std::vector<double> p{0.05, 0.5, 0.15, 0.3};
  std::vector<float> logits;
  for (double x : p) logits.push_back(static_cast<float>(2.0 * std::log(x)));
  std::vector<float> scratch;
  std::vector<int> counts(4, 0);
  const int draws = 20000;
  for (int i = 0; i < draws; ++i) {
    ++counts[static_cast<std::size_t>(draw_token(logits, {0.9, 2.0}, (i + 0.5) / draws, scratch))];
  }
  EXPECT_EQ(counts[0], 0);
  EXPECT_NEAR(counts[1], draws * 0.5 / 0.95, 5);
  EXPECT_NEAR(counts[2], draws * 0.15 / 0.95, 5);
  EXPECT_NEAR(counts[3], draws * 0.3 / 0.95, 5);
}

TEST(Project, WithNoNucleusIsTheArgmax) {
  at::Tensor logits = at::empty({33, 50}, at::kFloat);
  fill_normal({logits.data_ptr<float>(), 33 * 50}, 1, Stream::kNoise, 0, 0);
  const at::Tensor best = argmax_tokens(logits);
  EXPECT_TRUE(best.equal(logits.argmax(1)));
  EXPECT_TRUE(project(logits, {0.0, 1.0}, [](std::int64_t) { return 0.999; }).equal(best));
}

}  // namespace
}  // namespace tess2::diffusion
