// IEEE half precision, in which predictions of vocabulary size are kept where memory counts.
#pragma once

#include <cstdint>
#include <span>

namespace tess2 {

/// A float16 as its 16 bits.
struct Float16 {
  std::uint16_t bits;
};

/// to[i] = the float16 nearest to from[i] (ties to even); what lies beyond +-65504 becomes
/// +-65504, and what rounds to zero 0 without a sign. The spans are as long as each other. The same
/// bits on every machine.
void to_float16(std::span<const float> from, std::span<Float16> to);

/// to[i] = from[i], exactly. The spans are as long as each other.
void to_float32(std::span<const Float16> from, std::span<float> to);

}  // namespace tess2
