// Products of bfloat16 matrices with float32 sums, for training: the right-hand matrix is brought
// into the packed layout (tensor/packed_product.h) panel by panel, right before it is used.
#pragma once

#include <cstdint>
#include <functional>

#include "tensor/packed_product.h"

namespace tess2::tensor {

/// A row-major matrix in memory, or its transpose; `stride` is the distance between stored rows.
template <class T>
struct StridedMatrix {
  const T* data;
  std::int64_t stride;
  bool transposed = false;

  StridedMatrix t() const { return {data, stride, !transposed}; }
};

/// Rows of bfloat16 numbers [rows, depth], as a left-hand matrix is read: contiguous, `depth` a
/// multiple of 32.
struct HalfRows {
  const Bf16* data;
  std::int64_t rows;
  std::int64_t depth;
};

/// A finished block of a product: rows [row, row + rows) of columns [column, column + columns),
/// whose rows lie `stride` apart in `values`.
struct ProductTile {
  std::int64_t row, rows;
  std::int64_t column, columns;
  std::int64_t stride;
  const float* values;
};

/// Calls sink(tile) for each block of a b, where b is [depth, n] (rows past its `b_depth` count as
/// zeros), float32 (rounded to bfloat16) or bfloat16. Blocks are cut by shape alone and sunk on
/// several threads; each entry comes once.
using TileSink = std::function<void(const ProductTile&)>;
void half_product(const HalfRows& a, std::int64_t n, std::int64_t b_depth,
                  const StridedMatrix<float>& b, const TileSink& sink);
void half_product(const HalfRows& a, std::int64_t n, std::int64_t b_depth,
                  const StridedMatrix<Bf16>& b, const TileSink& sink);

/// out [columns, round_up(rows, 32)] <- in [rows, columns] transposed, zeros behind; on all
/// threads.
void transpose(const Bf16* in, std::int64_t rows, std::int64_t columns, Bf16* out);

}  // namespace tess2::tensor
