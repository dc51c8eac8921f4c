// Products of packed matrices: oneDNN's kernels where it has one for the layout (AMX, AVX-512 with
// VNNI or bf16), else our own (engine/kernels.h).
#pragma once

#include <cstdint>
#include <string>

#include "engine/kernels.h"
#include "engine/weight_format.h"

namespace tess2::engine {

/// c [m, n] = a [m, depth] b, everything contiguous, b of n/64 panels in the layout of
/// engine/packed_matrix.h; n and depth are multiples of 64 (of 32 the depth of bf16). Runs on the
/// calling thread; the result depends on the operands and sizes alone.
void multiply(const kernels::Bf16* a, const kernels::Bf16* b, std::int64_t m, std::int64_t n,
              std::int64_t depth, float* c);
void multiply(const std::uint8_t* a, const std::int8_t* b, std::int64_t m, std::int64_t n,
              std::int64_t depth, std::int32_t* c);

/// What computes the products of a format here: oneDNN's name of its kernel, or `own`.
std::string product_kernel(WeightFormat format);

}  // namespace tess2::engine
