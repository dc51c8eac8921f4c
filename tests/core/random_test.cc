#include "core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "core/vector_math.h"

namespace tess2 {
namespace {

std::vector<float> normals(std::size_t n, std::uint64_t seed, std::uint32_t step = 3,
                           std::uint32_t position = 7, std::uint32_t first = 0) {
  std::vector<float> out(n);
  fill_normal(out, seed, Stream::kNoise, step, position, first);
  return out;
}

// Known answers published with the generator (Random123, kat_vectors, philox4x32 10 rounds).
TEST(Philox, MatchesThePublishedVectors) {
  EXPECT_EQ(philox({0, 0, 0, 0}, 0),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffffull),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(FillNormal, DependsOnThePlaceAloneNotOnHowItIsCut) {
  const auto whole = normals(1000, 1);
  for (std::uint32_t first : {0u, 1u, 3u, 4u, 255u, 256u, 511u}) {
    for (std::size_t count : {1u, 2u, 5u, 300u}) {
      const auto part = normals(count, 1, 3, 7, first);
      EXPECT_EQ(0, std::memcmp(part.data(), whole.data() + first, count * sizeof(float)))
          << first << " " << count;
    }
  }
}

TEST(FillNormal, HasTheMomentsOfAStandardNormal) {
  const auto x = normals(1 << 20, 5);
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0;
  for (double v : x) m1 += v, m2 += v * v, m3 += v * v * v, m4 += v * v * v * v;
  const double n = static_cast<double>(x.size());
  EXPECT_NEAR(m1 / n, 0.0, 4.0 / std::sqrt(n));
  EXPECT_NEAR(m2 / n, 1.0, 4.0 * std::sqrt(2.0 / n));
  EXPECT_NEAR(m3 / n, 0.0, 4.0 * std::sqrt(15.0 / n));
  EXPECT_NEAR(m4 / n, 3.0, 4.0 * std::sqrt(96.0 / n));
}

TEST(FillNormal, DiffersBetweenSeedsStepsPositionsAndStreams) {
  std::set<float> first;
  first.insert(normals(1, 1)[0]);
  first.insert(normals(1, 2)[0]);
  first.insert(normals(1, 1, 4)[0]);
  first.insert(normals(1, 1, 3, 8)[0]);
  float other;
  fill_normal({&other, 1}, 1, Stream::kGuidance, 3, 7);
  first.insert(other);
  EXPECT_EQ(first.size(), 5u);
}

TEST(VectorMath, AgreesWithTheStandardLibrary) {
  for (int i = -8000; i <= 8000; ++i) {
    const float x = static_cast<float>(i) * 0.01f;
    EXPECT_NEAR(vector_math::exp(x) / std::exp(x), 1.0, 3e-7) << x;
  }
  for (int i = 1; i < 20000; ++i) {
    const float x = static_cast<float>(i) * 0.0013f;
    EXPECT_NEAR(vector_math::log(x), std::log(x), 3e-7 * std::max(1.0f, std::abs(std::log(x))));
  }
  for (int i = 0; i < 10000; ++i) {
    const float u = static_cast<float>(i) / 10000.0f;
    const auto sc = vector_math::sincos_turns(u);
    EXPECT_NEAR(sc.sin, std::sin(2 * M_PI * u), 5e-7) << u;
    EXPECT_NEAR(sc.cos, std::cos(2 * M_PI * u), 5e-7) << u;
  }
}

TEST(Rng, BelowIsUniformAndSeekRepeats) {
  Rng rng(9, Stream::kShuffle);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70000; ++i) ++counts[rng.below(7)];
  for (int count : counts) EXPECT_NEAR(count, 10000, 5 * std::sqrt(10000.0));
  const auto place = rng.position();
  const auto value = rng.next();
  rng.seek(place);
  EXPECT_EQ(rng.next(), value);
}

TEST(Rng, BetweenIncludesBothEnds) {
  Rng rng(9, Stream::kShuffle, 4);
  std::set<std::int64_t> seen;
  for (int i = 0; i < 200; ++i) seen.insert(rng.between(-1, 2));
  EXPECT_EQ(seen, (std::set<std::int64_t>{-1, 0, 1, 2}));
}

}  // namespace
}  // namespace tess2
