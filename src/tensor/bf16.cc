#include "tensor/bf16.h"

#include <bit>

#include "core/vector_math.h"

namespace tess2::tensor {

TESS2_KERNEL void to_bf16(const float* x, std::int64_t n, Bf16* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = bf16_of(x[i]);
}

TESS2_KERNEL void from_bf16(const Bf16* x, std::int64_t n, float* out) {
  for (std::int64_t i = 0; i < n; ++i) {
    out[i] = std::bit_cast<float>(static_cast<std::uint32_t>(x[i]) << 16);
  }
}

}  // namespace tess2::tensor
