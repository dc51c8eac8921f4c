#include "core/random.h"

#include <algorithm>
#include <cmath>

#include "core/vector_math.h"

namespace tess2 {
namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53u;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57u;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9u;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85u;
constexpr int kRounds = 10;

struct Words {
  std::uint32_t x0, x1, x2, x3;
};

inline Words philox_words(Words x, std::uint32_t key0, std::uint32_t key1) {
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

/// Counter words: (block of four values, position, step, stream).
inline Words place(std::uint32_t block, std::uint32_t position, std::uint32_t step, Stream stream) {
  return {block, position, step, static_cast<std::uint32_t>(stream)};
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

constexpr std::uint32_t kLanes = 64;

/// Normals of blocks [first_block, first_block + kLanes), lane after lane: out[4 * lane + j].
TESS2_KERNEL void normal_blocks(float* out, std::uint32_t first_block, std::uint32_t position,
                                std::uint32_t step, std::uint32_t stream, std::uint32_t key0,
                                std::uint32_t key1) {
  std::uint32_t x0[kLanes], x1[kLanes], x2[kLanes], x3[kLanes];
  for (std::uint32_t i = 0; i < kLanes; ++i) {
    const Words x = philox_words({first_block + i, position, step, stream}, key0, key1);
    x0[i] = x.x0;
    x1[i] = x.x1;
    x2[i] = x.x2;
    x3[i] = x.x3;
  }
  for (std::uint32_t i = 0; i < kLanes; ++i) {
    float z0, z1, z2, z3;
    box_muller(x0[i], x1[i], z0, z1);
    box_muller(x2[i], x3[i], z2, z3);
    out[4 * i] = z0;
    out[4 * i + 1] = z1;
    out[4 * i + 2] = z2;
    out[4 * i + 3] = z3;
  }
}

std::uint32_t low(std::uint64_t x) {
  return static_cast<std::uint32_t>(x);
}
std::uint32_t high(std::uint64_t x) {
  return static_cast<std::uint32_t>(x >> 32);
}

}  // namespace

std::array<std::uint32_t, 4> philox(const std::array<std::uint32_t, 4>& counter,
                                    std::uint64_t key) {
  const Words x =
      philox_words({counter[0], counter[1], counter[2], counter[3]}, low(key), high(key));
  return {x.x0, x.x1, x.x2, x.x3};
}

void fill_normal(std::span<float> out, std::uint64_t seed, Stream stream, std::uint32_t step,
                 std::uint32_t position, std::uint32_t first) {
  constexpr std::uint32_t kChunk = 4 * kLanes;
  std::array<float, kChunk> buffer;
  std::size_t done = 0;
  while (done < out.size()) {
    const std::uint32_t index = first + static_cast<std::uint32_t>(done);
    const std::uint32_t skip = index % 4;
    const std::size_t count = std::min<std::size_t>(kChunk - skip, out.size() - done);
    const bool direct = skip == 0 && count == kChunk;
    float* target = direct ? out.data() + done : buffer.data();
    normal_blocks(target, index / 4, position, step, static_cast<std::uint32_t>(stream), low(seed),
                  high(seed));
    if (!direct) std::copy_n(buffer.begin() + skip, count, out.begin() + done);
    done += count;
  }
}

double uniform_at(std::uint64_t seed, Stream stream, std::uint32_t step, std::uint32_t position) {
  const Words x = philox_words(place(0, position, step, stream), low(seed), high(seed));
  const std::uint64_t bits = (static_cast<std::uint64_t>(x.x0) << 32 | x.x1) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t index) {
  const Words x = philox_words({low(index), high(index), 0, 0}, low(seed), high(seed));
  return static_cast<std::uint64_t>(x.x0) << 32 | x.x1;
}

Rng::Rng(std::uint64_t seed, Stream stream, std::uint64_t substream)
    : key_(derive_seed(seed, substream)),
      stream_(static_cast<std::uint32_t>(stream)),
      substream_(low(substream)) {}

std::uint32_t Rng::next() {
  const std::uint64_t block = position_ / 4;
  const Words x =
      philox_words({low(block), high(block), substream_, stream_}, low(key_), high(key_));
  const std::uint32_t words[4] = {x.x0, x.x1, x.x2, x.x3};
  return words[position_++ % 4];
}

std::uint64_t Rng::below(std::uint64_t bound) {
  // Values under `rejected` would make small results likelier: draw again.
  const std::uint64_t rejected = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t high_word = next();
    const std::uint64_t value = high_word << 32 | next();
    if (value >= rejected) return value % bound;
  }
}

std::int64_t Rng::between(std::int64_t lowest, std::int64_t highest) {
  const std::uint64_t width =
      static_cast<std::uint64_t>(highest) - static_cast<std::uint64_t>(lowest) + 1;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(lowest) + below(width));
}

double Rng::uniform() {
  const std::uint64_t high_word = next();
  return static_cast<double>((high_word << 32 | next()) >> 11) * 0x1p-53;
}

float Rng::normal() {
  float z0, z1;
  const std::uint32_t word_u = next();
  box_muller(word_u, next(), z0, z1);
  return z0;
}

}  // namespace tess2
