// Activations as the products of a format read them.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/kernels.h"
#include "engine/weight_format.h"
#include "tensor/buffer.h"

namespace tess2::engine {

using tensor::Buffer;
using tensor::Matrix;
using tensor::round_up;

/// Rows are padded to a multiple of this, so that few kernels serve every length.
inline constexpr std::int64_t kRowUnit = 32;

/// bfloat16 activations [rows, columns].
using Rows16 = Matrix<kernels::Bf16>;
/// float32 activations [rows, columns].
using Rows32 = Matrix<float>;

/// [rows, columns], not initialised; padded with zeros to whole units of products in bfloat16, not
/// at all in float32.
Rows16 make_rows16(std::int64_t rows, std::int64_t columns);
Rows32 make_rows32(std::int64_t rows, std::int64_t columns);

/// Activations x [rows, inputs].
///
/// In 8 bits: x = scale (byte - zero_point) row by row. A few columns of a language model's
/// activations are a thousand times larger than the rest (and would leave nothing of it in 8 bits):
/// entries past `kOutlier` mean magnitudes of their row mark their column, which is then kept in
/// bfloat16 and multiplied by itself.
struct Operand {
  std::int64_t rows = 0;
  std::int64_t inputs = 0;
  /// bf16: all activations; 8 bits: the outlier columns [rows, columns.size()] alone.
  Rows16 halves;
  Matrix<std::uint8_t> bytes;
  std::vector<float> scales;  ///< [rows]
  std::int32_t zero_point = 0;
  std::vector<std::int64_t> columns;  ///< outliers, rising; empty in bf16

  bool is_bf16() const { return bytes.rows == 0; }
  std::int64_t padded_rows() const { return is_bf16() ? halves.padded_rows : bytes.padded_rows; }
};

/// How many times its row's mean magnitude an entry must be to be an outlier. (Its mean square
/// would be made by the outlier itself.) Normal numbers reach 7 once in 26 million.
inline constexpr float kOutlier = 16.0f;

/// Bytes for q8 and q4, for bf16 the rows themselves.
Operand make_operand(Rows16 rows, WeightFormat format);

/// The rows `chosen` of an operand.
Operand select_rows(const Operand& operand, const std::vector<std::int64_t>& chosen);

}  // namespace tess2::engine
