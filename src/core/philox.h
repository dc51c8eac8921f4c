// The formulas of core/random.h for one counter at a time.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/vector_math.h"

namespace tess2::philox4x32 {

inline constexpr std::uint32_t kMultiplier0 = 0xD2511F53u;
inline constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57u;
inline constexpr std::uint32_t kWeyl0 = 0x9E3779B9u;
inline constexpr std::uint32_t kWeyl1 = 0xBB67AE85u;
inline constexpr int kRounds = 10;

struct Words {
  std::uint32_t x0, x1, x2, x3;
};

/// The random words of a counter.
inline Words random_words(Words x, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t p0 = static_cast<std::uint64_t>(kMultiplier0) * x.x0;
    const std::uint64_t p1 = static_cast<std::uint64_t>(kMultiplier1) * x.x2;
    x = {static_cast<std::uint32_t>(p1 >> 32) ^ x.x1 ^ key0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ x.x3 ^ key1, static_cast<std::uint32_t>(p0)};
    key0 += kWeyl0;
    key1 += kWeyl1;
  }
  return x;
}

/// The middle of one of 2^24 cells of (0, 1): never 0, so its logarithm is finite.
inline float open_uniform(std::uint32_t word) {
  return static_cast<float>(static_cast<std::int32_t>(word >> 8)) * 0x1p-24f + 0x1p-25f;
}

/// z = sqrt(-2 ln u) (cos 2 pi v, sin 2 pi v)
inline void box_muller(std::uint32_t word_u, std::uint32_t word_v, float& z0, float& z1) {
  const float u = open_uniform(word_u);
  const float v = static_cast<float>(static_cast<std::int32_t>(word_v >> 8)) * 0x1p-24f;
  const float radius = std::sqrt(std::max(-2.0f * vector_math::log(u), 0.0f));
  const auto angle = vector_math::sincos_turns(v);
  z0 = radius * angle.cos;
  z1 = radius * angle.sin;
}

}  // namespace tess2::philox4x32
