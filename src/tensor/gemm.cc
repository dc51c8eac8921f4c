#include "tensor/gemm.h"

#include <algorithm>
#include <dnnl.hpp>

#include "core/error.h"
#include "tensor/parallel.h"

namespace tess2::tensor {
namespace {

// Large enough that packing an operand is paid back, small enough to feed several threads.
constexpr std::int64_t kTileRows = 256;
constexpr std::int64_t kTileColumns = 256;

const float* element(const MatrixView& view, std::int64_t row, std::int64_t column) {
  return view.transposed ? view.data + column * view.stride + row
                         : view.data + row * view.stride + column;
}

}  // namespace

void gemm(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b, float beta,
          float* c, std::int64_t c_stride) {
  if (m == 0 || n == 0) return;
  const auto status = dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', m, n, k, 1.0f,
                                 a.data, a.stride, b.data, b.stride, beta, c, c_stride);
  if (status != dnnl_success) throw Error("oneDNN refused a matrix product");
}

void parallel_gemm(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b,
                   float beta, float* c, std::int64_t c_stride) {
  const std::int64_t row_tiles = (m + kTileRows - 1) / kTileRows;
  const std::int64_t column_tiles = (n + kTileColumns - 1) / kTileColumns;
  parallel_tasks(row_tiles * column_tiles, [&](std::int64_t tile) {
    const std::int64_t row = tile % row_tiles * kTileRows;
    const std::int64_t column = tile / row_tiles * kTileColumns;
    MatrixView a_tile = a;
    MatrixView b_tile = b;
    a_tile.data = element(a, row, 0);
    b_tile.data = element(b, 0, column);
    gemm(std::min(kTileRows, m - row), std::min(kTileColumns, n - column), k, a_tile, b_tile, beta,
         c + row * c_stride + column, c_stride);
  });
}

}  // namespace tess2::tensor
