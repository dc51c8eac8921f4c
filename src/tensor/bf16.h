// bfloat16 rows in memory, to and from float32.
#pragma once

#include <bit>
#include <cstdint>

#include "tensor/packed_product.h"

namespace tess2::tensor {

/// bfloat16 of x, to the nearest, ties to even.
inline Bf16 bf16_of(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  return static_cast<Bf16>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

/// out = bf16(x), to the nearest, ties to even.
void to_bf16(const float* x, std::int64_t n, Bf16* out);
/// out = x
void from_bf16(const Bf16* x, std::int64_t n, float* out);

}  // namespace tess2::tensor
