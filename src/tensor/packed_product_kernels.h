// Our own products of the packed layouts, where oneDNN has none: one source for every instruction
// set (Google Highway chooses at run time).
#pragma once

#include <cstdint>

#include "tensor/packed_product.h"

namespace tess2::tensor::kernels {

/// c [m, n] = a [m, depth] b, as tensor::multiply.
void multiply(const Bf16* a, const Bf16* b, std::int64_t m, std::int64_t n, std::int64_t depth,
              float* c);
void multiply(const std::uint8_t* a, const std::int8_t* b, std::int64_t m, std::int64_t n,
              std::int64_t depth, std::int32_t* c);

}  // namespace tess2::tensor::kernels
