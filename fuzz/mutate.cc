#include "mutate.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace tess2::fuzz {
namespace {

constexpr std::size_t kLongestInsertion = 16;

// Numbers at the edges of the types that file formats use.
constexpr std::array<std::uint64_t, 12> kEdges = {0,
                                                  1,
                                                  0x7f,
                                                  0xff,
                                                  0x7fff,
                                                  0xffff,
                                                  0x7fffffff,
                                                  0x80000000,
                                                  0xffffffff,
                                                  0x100000000,
                                                  0x7fffffffffffffff,
                                                  0xffffffffffffffff};

// Fragments that a random walk over bytes would seldom find.
constexpr std::array<std::string_view, 20> kWords = {"{",
                                                     "}",
                                                     "[",
                                                     "]",
                                                     "\"",
                                                     ":",
                                                     ",",
                                                     "null",
                                                     "true",
                                                     "-1",
                                                     "1e99",
                                                     "\\u0",
                                                     "\n",
                                                     "\xef\xbf\xbd",
                                                     "\xe2\x96\x81",
                                                     "\xf0\x9f\x98\x80",
                                                     "<s>",
                                                     "</s>",
                                                     "[PAD]",
                                                     "\xff"};

std::size_t place(const std::string& data, Rng& rng) {
  return rng.below(data.size() + 1);
}

std::size_t length_from(const std::string& data, std::size_t start, Rng& rng) {
  return rng.below(std::min(data.size() - start, std::size_t{64}) + 1);
}

void flip_bit(std::string& data, Rng& rng) {
  if (!data.empty()) data[rng.below(data.size())] ^= static_cast<char>(1u << rng.below(8));
}

void set_byte(std::string& data, Rng& rng) {
  if (!data.empty()) data[rng.below(data.size())] = static_cast<char>(rng.below(256));
}

void insert_bytes(std::string& data, Rng& rng) {
  std::string bytes(rng.below(kLongestInsertion) + 1, '\0');
  for (char& byte : bytes) byte = static_cast<char>(rng.below(256));
  data.insert(place(data, rng), bytes);
}

void insert_word(std::string& data, Rng& rng) {
  data.insert(place(data, rng), rng.pick(kWords));
}

void erase_range(std::string& data, Rng& rng) {
  const std::size_t start = place(data, rng);
  data.erase(start, length_from(data, start, rng));
}

void repeat_range(std::string& data, Rng& rng) {
  const std::size_t start = place(data, rng);
  data.insert(place(data, rng), data.substr(start, length_from(data, start, rng)));
}

void truncate(std::string& data, Rng& rng) {
  data.resize(place(data, rng));
}

// Little-endian, as in safetensors and in protocol buffers' fixed fields.
void write_edge(std::string& data, Rng& rng) {
  const std::uint64_t value = rng.pick(kEdges);
  const std::size_t start = place(data, rng);
  const std::size_t width = std::min(std::size_t{1} << rng.below(4), data.size() - start);
  for (std::size_t i = 0; i < width; ++i) data[start + i] = static_cast<char>(value >> (8 * i));
}

constexpr std::array kMutations = {flip_bit,    set_byte,     insert_bytes, insert_word,
                                   erase_range, repeat_range, truncate,     write_edge};

// The head of `data` and the tail of another seed.
void splice(std::string& data, const std::string& other, Rng& rng) {
  data.resize(place(data, rng));
  data += other.substr(place(other, rng));
}

}  // namespace

std::string mutate(const std::vector<std::string>& seeds, std::size_t max_size, Rng& rng) {
  std::string data = rng.pick(seeds);
  if (rng.chance(0.1)) splice(data, rng.pick(seeds), rng);
  for (std::uint64_t left = rng.below(8) + 1; left > 0; --left) rng.pick(kMutations)(data, rng);
  if (data.size() > max_size) data.resize(max_size);
  return data;
}

}  // namespace tess2::fuzz
