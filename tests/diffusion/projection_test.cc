#include "diffusion/projection.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"
#include "support/vector_targets.h"

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

/// The token drawn by a full sort, and whether a small change of a mass would change it.
struct SortedDraw {
  std::int64_t token;
  bool close;
};

SortedDraw sorted_draw(const std::vector<float>& logits, double top_p, double uniform) {
  constexpr double kSlack = 3e-6;
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, [&](auto a, auto b) { return logits[a] > logits[b]; });
  const double peak = logits[order[0]];
  double total = 0.0;
  for (const float x : logits) total += std::exp(x - peak);
  SortedDraw drawn{static_cast<std::int64_t>(order[0]), false};
  if (top_p == 0.0) return drawn;
  std::size_t size = 0;
  double mass = 0.0;
  do {
    mass += std::exp(logits[order[size++]] - peak) / total;
    drawn.close |= top_p < 1.0 && std::abs(mass - top_p) < kSlack;
  } while ((mass < top_p || top_p == 1.0) && size < order.size());
  double passed = 0.0;
  for (std::size_t i = 0; i < size; ++i) {
    passed += std::exp(logits[order[i]] - peak) / total;
    drawn.close |= std::abs(passed - uniform * mass) < kSlack;
    drawn.token = static_cast<std::int64_t>(order[i]);
    if (passed > uniform * mass) break;
  }
  return drawn;
}

// Peaked, flat and tied rows. A draw whose place is within the rounding of the sums is left out;
// there are few.
TEST(DrawToken, EqualsAFullSortInEitherType) {
  tess2::testing::for_each_target([] {
    std::vector<float> scratch;
    int compared = 0, left_out = 0;
    for (std::uint32_t step = 0; step < 12; ++step) {
      for (const float spread : {0.0f, 0.001f, 0.1f, 1.0f, 4.0f, 20.0f}) {
        for (const bool tied : {false, true}) {
          auto logits = random_logits(step % 2 ? 700 : 3001, step, spread);
          for (float& x : logits) x = tied ? std::round(x * 2.0f) / 2.0f : x;
          std::vector<Float16> halves(logits.size());
          to_float16(logits, halves);
          to_float32(halves, logits);
          for (const double top_p : {0.0, 0.5, 0.99, 1.0}) {
            const double uniform = uniform_at(3, Stream::kSynthetic, step, compared);
            const auto [token, close] = sorted_draw(logits, top_p, uniform);
            left_out += close;
            if (close) continue;
            ++compared;
            EXPECT_EQ(draw_token(logits, {top_p, 1.0}, uniform, scratch), token)
                << spread << " " << top_p;
            EXPECT_EQ(draw_token(halves, {top_p, 1.0}, uniform, scratch), token);
          }
        }
      }
    }
    EXPECT_LT(left_out, compared / 10);
  });
}

TEST(DrawToken, StaysInTheNucleusAtBothEndsOfTheRange) {
  tess2::testing::for_each_target([] {
    std::vector<float> scratch;
    for (std::uint32_t step = 0; step < 10; ++step) {
      for (const float spread : {0.0f, 0.5f, 3.0f}) {
        const auto logits = random_logits(2000, step, spread);
        for (const double top_p : {0.3, 0.9, 1.0}) {
          const auto kept = nucleus(logits, {top_p, 1.0});
          EXPECT_EQ(draw_token(logits, {top_p, 1.0}, 0.0, scratch), best_token(logits));
          const auto last = draw_token(logits, {top_p, 1.0}, 1.0 - 0x1p-53, scratch);
          EXPECT_EQ(kept[static_cast<std::size_t>(last)], 1);
        }
      }
    }
  });
}

TEST(BestToken, IsTheFirstOfEquals) {
  tess2::testing::for_each_target([] {
    for (const std::size_t size : {1u, 7u, 16u, 100u}) {
      for (std::size_t best = 0; best < size; ++best) {
        std::vector<float> logits(size, -3.0f);
        for (std::size_t v = best; v < size; v += 5) logits[v] = -1.0f;
        std::vector<Float16> halves(size);
        to_float16(logits, halves);
        EXPECT_EQ(best_token(logits), static_cast<std::int64_t>(best));
        EXPECT_EQ(best_token(halves), static_cast<std::int64_t>(best));
      }
    }
  });
}

TEST(Project, WithNoNucleusIsTheArgmax) {
  at::Tensor logits = at::empty({33, 50}, at::kFloat);
  fill_normal({logits.data_ptr<float>(), 33 * 50}, 1, Stream::kNoise, 0, 0);
  const at::Tensor best = argmax_tokens(logits);
  EXPECT_TRUE(best.equal(logits.argmax(1)));
  const auto nearly_one = [](std::int64_t) { return 0.999; };
  EXPECT_TRUE(project(logits, {0.0, 1.0}, nearly_one).equal(best));
  const at::Tensor halves = logits.to(at::kHalf);
  EXPECT_TRUE(argmax_tokens(halves).equal(halves.to(at::kFloat).argmax(1)));
  EXPECT_TRUE(project(halves, {0.9, 1.0}, nearly_one)
                  .equal(project(halves.to(at::kFloat), {0.9, 1.0}, nearly_one)));
}

}  // namespace
}  // namespace tess2::diffusion
