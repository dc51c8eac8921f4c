// How texts repeat themselves and each other.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "eval/likelihood/estimate.h"

namespace tess2::eval {

/// Lengths of the sequences of words that are counted for distinct-n: 1 to 4.
inline constexpr std::size_t kDistinctLengths = 4;
/// Length of those whose repetition is counted.
inline constexpr std::size_t kRepeatedLength = 4;

struct Diversity {
  /// distinct-n: different sequences of n words of all texts over all sequences (n = 1 to 4). It
  /// falls with the number of texts: compare the same number. 0 where there is no sequence.
  std::array<double, kDistinctLengths> distinct{};
  /// Share of a text's sequences of 4 words that stood in it before, with an interval over texts.
  Estimate repetition;
  Estimate words;  ///< a text
  std::int64_t texts = 0;
  std::int64_t different_texts = 0;
};

/// Words are what stands between white space, as they are written.
Diversity diversity_of(std::span<const std::string> texts, std::uint64_t seed);

}  // namespace tess2::eval
