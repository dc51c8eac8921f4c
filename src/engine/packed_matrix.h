// A linear map's weights as the products read them.
//
// Layout. W is [N, K]: N output channels, K inputs, y = x W^T. Both are padded with zeros, N to a
// multiple of 64 and K to a multiple of 64. Channels go in panels of 64, inputs in rows of 4 bytes:
//
//   bf16  values bfloat16 [N/64][K/2][64][2]   W[64 a + c][2 r + j] at (a, r, c, j)
//   q8    values int8     [N/64][K/4][64][4]   W[64 a + c][4 r + j] at (a, r, c, j)
//         scales float32  [N]                  W = scale * value, |value| <= 127
//         sums   int32    [N]                  sum of a channel's values
//   q4    values uint8    [N/64][K/8][64][4]   (a, r, c, j): W[64 a + c][8 r + j] + 8 in the low
//                                              four bits, W[64 a + c][8 r + 4 + j] + 8 in the high
//         ratios int16    [N/64][K/32][64]     of the groups of 32 inputs
//         scales, sums                         of the 8-bit values that it unpacks to:
//                                              round(value * ratio / 2048), |result| <= 127
//
// The first two are those of tensor/packed_product.h for b = W^T, so a file's memory map is used
// without another copy.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine/weight_format.h"
#include "tensor/buffer.h"
#include "tensor/packed_product.h"

namespace tess2::engine {

using tensor::round_up;

/// Output channels of a panel.
using tensor::kPanel;
/// Inputs are padded to a multiple of this.
inline constexpr std::int64_t kDepthUnit = 64;
/// Inputs of one 4-bit group.
inline constexpr std::int64_t kGroup = 32;

struct PackedMatrix {
  WeightFormat format = WeightFormat::kBf16;
  std::int64_t outputs = 0;  ///< N
  std::int64_t inputs = 0;   ///< K
  at::Tensor values;
  at::Tensor scales;  ///< undefined for bf16
  at::Tensor sums;    ///< undefined for bf16
  at::Tensor ratios;  ///< q4 alone

  std::int64_t padded_outputs() const { return round_up(outputs, kPanel); }
  std::int64_t padded_inputs() const { return round_up(inputs, kDepthUnit); }
};

/// A part of a packed matrix: its name's suffix (empty for the values), dtype and shape.
struct PackedPart {
  std::string suffix;
  at::ScalarType dtype;
  std::vector<std::int64_t> shape;
  at::Tensor PackedMatrix::*tensor;
};

/// The parts of a matrix [outputs, inputs] in a format, in a fixed order.
std::vector<PackedPart> packed_parts(WeightFormat format, std::int64_t outputs,
                                     std::int64_t inputs);

/// Packs W [N, K] of any floating-point type and strides. Rounds to the nearest; in 4 bits a
/// group's scale is the one of several that leaves the least squared error.
PackedMatrix pack(const at::Tensor& weight, WeightFormat format);

/// W [N, K] float32 as the products see it.
at::Tensor unpack(const PackedMatrix& matrix);

/// Writes the 8-bit values of panels [first, last) of a 4-bit matrix, in the layout of q8.
void unpack_panels(const PackedMatrix& matrix, std::int64_t first, std::int64_t last,
                   std::int8_t* out);

}  // namespace tess2::engine
