#include "core/random.h"

#include <algorithm>

#include "core/normal_kernel.h"
#include "core/philox.h"

namespace tess2 {
namespace {

using philox4x32::box_muller;
using philox4x32::Words;

/// Counter words: (block of four values, position, step, stream).
inline Words place(std::uint32_t block, std::uint32_t position, std::uint32_t step, Stream stream) {
  return {block, position, step, static_cast<std::uint32_t>(stream)};
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
  const Words x = philox4x32::random_words({counter[0], counter[1], counter[2], counter[3]},
                                           low(key), high(key));
  return {x.x0, x.x1, x.x2, x.x3};
}

void fill_normal(std::span<float> out, std::uint64_t seed, Stream stream, std::uint32_t step,
                 std::uint32_t position, std::uint32_t first) {
  const CounterRow row{position, step, static_cast<std::uint32_t>(stream), seed};
  std::size_t done = 0;
  const auto within_block = [&](std::size_t count) {
    std::array<float, 4> block;
    const std::uint32_t index = first + static_cast<std::uint32_t>(done);
    normal_blocks(block.data(), index / 4, 1, row);
    std::copy_n(block.begin() + index % 4, count, out.begin() + static_cast<std::ptrdiff_t>(done));
    done += count;
  };
  if (first % 4 != 0) within_block(std::min<std::size_t>(4 - first % 4, out.size()));
  const std::size_t whole = (out.size() - done) / 4;
  normal_blocks(out.data() + done, (first + static_cast<std::uint32_t>(done)) / 4, whole, row);
  done += 4 * whole;
  if (done < out.size()) within_block(out.size() - done);
}

double uniform_at(std::uint64_t seed, Stream stream, std::uint32_t step, std::uint32_t position) {
  const Words x = philox4x32::random_words(place(0, position, step, stream), low(seed), high(seed));
  const std::uint64_t bits = (static_cast<std::uint64_t>(x.x0) << 32 | x.x1) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t index) {
  const Words x = philox4x32::random_words({low(index), high(index), 0, 0}, low(seed), high(seed));
  return static_cast<std::uint64_t>(x.x0) << 32 | x.x1;
}

Rng::Rng(std::uint64_t seed, Stream stream, std::uint64_t substream)
    : key_(derive_seed(seed, substream)),
      stream_(static_cast<std::uint32_t>(stream)),
      substream_(low(substream)) {}

std::uint32_t Rng::next() {
  const std::uint64_t block = position_ / 4;
  const Words x = philox4x32::random_words({low(block), high(block), substream_, stream_},
                                           low(key_), high(key_));
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
