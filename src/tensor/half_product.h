// Products of bfloat16 matrices with float32 sums, for training: the right-hand matrix is brought
// into the packed layout (tensor/packed_product.h) panel by panel, right before it is used.
#pragma once

#include <cstdint>
#include <functional>

#include "tensor/buffer.h"
#include "tensor/packed_product.h"

namespace tess2::tensor {

/// Left-hand rows are padded with zeros to a multiple of this.
inline constexpr std::int64_t kHalfDepth = 32;

/// A row-major matrix in memory, or its transpose; `stride` is the distance between stored rows.
template <class T>
struct StridedMatrix {
  const T* data;
  std::int64_t stride;
  bool transposed = false;

  StridedMatrix t() const { return {data, stride, !transposed}; }
};

/// Rows of bfloat16 numbers [rows, depth], whose beginnings lie `stride` apart. They are read where
/// they lie if they are contiguous and `depth` is a multiple of 32, and from a copy otherwise.
struct HalfRows {
  const Bf16* data;
  std::int64_t rows;
  std::int64_t depth;
  std::int64_t stride;
};

/// A finished block of a product: rows [row, row + rows) of columns [column, column + columns),
/// whose rows lie `stride` apart in `values`.
struct ProductTile {
  std::int64_t row, rows;
  std::int64_t column, columns;
  std::int64_t stride;
  const float* values;
};

/// Sees each block of a product once. Blocks are cut by shape alone and come on several threads.
using TileSink = std::function<void(const ProductTile&)>;

/// Rounds a product into `out`, whose rows lie `stride` apart.
TileSink store_bf16(Bf16* out, std::int64_t stride);
/// Writes it as it is.
TileSink store_float(float* out, std::int64_t stride);

/// a b for b [a.depth, n], in float32 (rounded to bfloat16) or bfloat16. On all threads.
void half_product(const HalfRows& a, std::int64_t n, const StridedMatrix<float>& b,
                  const TileSink& sink);
void half_product(const HalfRows& a, std::int64_t n, const StridedMatrix<Bf16>& b,
                  const TileSink& sink);

/// A right-hand matrix b [depth, n] that is packed once for several products.
class PackedHalf {
 public:
  /// Takes b in bfloat16, or rounds it so. On all threads.
  PackedHalf(std::int64_t depth, std::int64_t n, const StridedMatrix<float>& b);
  PackedHalf(std::int64_t depth, std::int64_t n, const StridedMatrix<Bf16>& b);

  std::int64_t depth() const { return depth_; }
  std::int64_t columns() const { return columns_; }
  /// The panels from column 64 * `panel` on, as tensor::multiply reads them: the depth and the
  /// columns of b are padded with zeros to multiples of 32 and 64.
  const Bf16* panel(std::int64_t panel) const;

 private:
  template <class T>
  void pack(const StridedMatrix<T>& b);

  std::int64_t depth_, columns_;
  Buffer<Bf16> panels_;
};

/// a b; a.depth is b's. On all threads. Throws Error where depths differ.
void half_product(const HalfRows& a, const PackedHalf& b, const TileSink& sink);

/// out [columns, round_up(rows, 32)] <- in [rows, columns] transposed, zeros behind; rows of `in`
/// lie `stride` apart. On all threads.
void transpose(const Bf16* in, std::int64_t rows, std::int64_t columns, std::int64_t stride,
               Bf16* out);

/// c [a.depth, n] (+)= a^T b, the sum over rows, where b [a.rows, n] has rows `b_stride` apart:
/// the gradient of a weight. c is contiguous. On all threads.
void half_outer_product(const HalfRows& a, const Bf16* b, std::int64_t n, std::int64_t b_stride,
                        bool accumulate, float* c);

}  // namespace tess2::tensor
