// Products with packed matrices: oneDNN's kernels where it has one for the layout (AMX, AVX-512
// with VNNI or bf16), else our own (tensor/packed_product_kernels.h).
//
// Layout. The right-hand matrix b [depth, n] is cut into panels of 64 columns, each with its rows
// in groups of 4 bytes a column:
//
//   bfloat16  [n/64][depth/2][64][2]   b[2 r + j][64 a + c] at (a, r, c, j)   oneDNN's BA16a64b2a
//   8 bits    [n/64][depth/4][64][4]   b[4 r + j][64 a + c] at (a, r, c, j)   oneDNN's BA16a64b4a
#pragma once

#include <cstdint>
#include <string>

namespace tess2::tensor {

/// bfloat16 as its 16 bits.
using Bf16 = std::uint16_t;

/// Columns of a panel.
inline constexpr std::int64_t kPanel = 64;

/// c [m, n] = a [m, depth] b, everything contiguous; n is a multiple of 64, depth of 64 in 8 bits
/// and of 32 in bfloat16. Runs on the calling thread; the result depends on the operands and sizes
/// alone.
void multiply(const Bf16* a, const Bf16* b, std::int64_t m, std::int64_t n, std::int64_t depth,
              float* c);
void multiply(const std::uint8_t* a, const std::int8_t* b, std::int64_t m, std::int64_t n,
              std::int64_t depth, std::int32_t* c);

/// What computes these products here: oneDNN's name of its kernel, or `own`.
std::string bf16_product_kernel();
std::string byte_product_kernel();

}  // namespace tess2::tensor
