#include "core/random.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "core/philox.h"
#include "core/vector_math.h"
#include "support/vector_targets.h"

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

/// Normals by the formulas for one counter at a time.
std::vector<float> scalar_normals(std::size_t n, std::uint64_t seed, std::uint32_t step,
                                  std::uint32_t position, std::uint32_t first) {
  std::vector<float> out;
  for (std::uint32_t block = first / 4; out.size() < n + first % 4; ++block) {
    const auto x = philox4x32::random_words(
        {block, position, step, static_cast<std::uint32_t>(Stream::kNoise)},
        static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
    float z[4];
    philox4x32::box_muller(x.x0, x.x1, z[0], z[1]);
    philox4x32::box_muller(x.x2, x.x3, z[2], z[3]);
    out.insert(out.end(), z, z + 4);
  }
  out.erase(out.begin(), out.begin() + first % 4);
  out.resize(n);
  return out;
}

TEST(FillNormal, EveryTargetGivesTheBitsOfTheScalarFormulas) {
  const std::uint64_t seed = 0x123456789abcdef1ull;
  for (const std::uint32_t first : {0u, 2u, 4096u, 0xffff0000u}) {
    for (const std::size_t n : {1u, 127u, 1024u, 32001u}) {
      const auto expected = scalar_normals(n, seed, 0xfffffff0u, 7, first);
      testing::for_each_target([&] {
        const auto found = normals(n, seed, 0xfffffff0u, 7, first);
        EXPECT_EQ(0, std::memcmp(found.data(), expected.data(), n * sizeof(float)))
            << first << " " << n;
      });
    }
  }
}

// Made once and for all: a change of these is a change of every seed's answers.
TEST(FillNormal, KnownValues) {
  const auto x = normals(1000, 1);
  std::uint64_t hash = 0;
  for (const float v : x) hash = hash * 1099511628211ull + std::bit_cast<std::uint32_t>(v);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(x[0]), 0x3f68e30fu);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(x[999]), 0x3f8f8ea9u);
  EXPECT_EQ(hash, 0x315e9f164ce02d7cull);
}

TEST(FillNormal, EveryTargetGivesZeroWhereTheUniformRoundsToOne) {
  // Block 50113525 of this place has a first word above 2^32 - 2^8, whose logarithm is 0.
  const std::uint32_t first = 4 * 50113525u;
  const auto expected = scalar_normals(4, 1, 3, 7, first);
  ASSERT_EQ(expected[0], 0.0f);
  testing::for_each_target([&] {
    // Enough for the widest vectors.
    const auto found = normals(512, 1, 3, 7, first);
    EXPECT_EQ(0, std::memcmp(found.data(), expected.data(), 4 * sizeof(float)));
  });
}

// The vector code takes the square root of -2 log u as it is.
TEST(VectorMath, NoUniformHasALogarithmAboveZero) {
  int above = 0;
  for (std::uint32_t cell = 0; cell < 1u << 24; ++cell) {
    above += vector_math::log(philox4x32::open_uniform(cell << 8)) > 0.0f;
  }
  EXPECT_EQ(above, 0);
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
