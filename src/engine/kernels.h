// The vector kernels of the packed engine: plain functions on raw memory, one source for AVX-512,
// AVX2, NEON and the rest (Google Highway chooses at run time). Sums run in vectors of the
// machine's width: two widths agree to rounding, and one machine always gives the same bits.
#pragma once

#include <cstdint>

#include "tensor/packed_product.h"

namespace tess2::engine::kernels {

using tensor::Bf16;

/// sum += weight x
void add_scaled(const Bf16* x, std::int64_t n, float weight, float* sum);
/// out = bf16(x / sqrt(mean(x^2) + eps) * w)
void rms_norm(const float* x, const float* w, std::int64_t n, float eps, Bf16* out);

/// Turns a head of 2 half elements: (x_j, x_{j + half}) by the angle of cos_j and sin_j.
void rotate(const float* cos, const float* sin, std::int64_t half, Bf16* x);

/// p = bf16(e^(scale (s_j - max s))); returns the sum of the rounded p.
float softmax_numerators(const float* s, std::int64_t n, float scale, Bf16* p);

/// out = bf16(scale x)
void scale_to_bf16(const float* x, std::int64_t n, float scale, Bf16* out);

struct Spread {
  float largest;         ///< max |x|
  float mean_magnitude;  ///< mean |x|
};
Spread spread(const Bf16* x, std::int64_t n);

/// out = round(x inverse_scale) + 128, between 1 and 255.
void quantise(const Bf16* x, std::int64_t n, float inverse_scale, std::uint8_t* out);

/// out = p inverse_scale rounded, where what rounding leaves over goes to the next entry of the
/// same lane: entries smaller than a step are kept in sum. Between 0 and 255; p >= 0.
void quantise_spreading(const float* p, std::int64_t n, float inverse_scale, std::uint8_t* out);

/// What a product left: `rows` rows of `columns` results y, `stride` apart.
struct ProductBlock {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;
  /// Of a product in bfloat16: y. Null for one in 8 bits, where
  /// y = scales_k (row_scales_i (integers_ik - zero_point sums_k) + outliers_ik).
  const float* values = nullptr;
  const std::int32_t* integers = nullptr;
  const float* scales = nullptr;
  const std::int32_t* sums = nullptr;
  std::int32_t zero_point = 0;
  const float* row_scales = nullptr;
  const float* outliers = nullptr;  ///< null: none
};

/// Rows of `out` are `stride` apart.
/// out = y
void store(const ProductBlock& y, float* out, std::int64_t stride);
/// out = bf16(y)
void store(const ProductBlock& y, Bf16* out, std::int64_t stride);
/// sum += y
void add(const ProductBlock& y, float* sum, std::int64_t stride);
/// out = bf16(silu(gate) up), silu(g) = g / (1 + e^-g); two blocks of one shape and kind.
void swiglu(const ProductBlock& gate, const ProductBlock& up, Bf16* out, std::int64_t stride);

/// The scale of 32 weights in 4 bits (-8 to 7) that leaves the least squared error, of several: the
/// largest weight becomes about -8, whatever its sign, for that end of the range reaches furthest.
float group_scale(const float* w);

/// Eight-bit values of the 4-bit groups of one panel: codes [groups * 4][64][4], ratios
/// [groups][64], out [groups * 8][64][4] (engine/packed_matrix.h).
void unpack_groups(const std::uint8_t* codes, const std::int16_t* ratios, std::int64_t groups,
                   std::int8_t* out);

}  // namespace tess2::engine::kernels
