// Float32 matrix products on raw row-major memory (oneDNN underneath).
#pragma once

#include <cstdint>

namespace tess2::tensor {

/// A row-major matrix in memory, or its transpose. `stride` is the distance between stored rows.
struct MatrixView {
  const float* data;
  std::int64_t stride;
  bool transposed = false;

  MatrixView t() const { return {data, stride, !transposed}; }
};

/// C [m,n] = A [m,k] B [k,n] + beta C, where A and B are read through their views and C's stored
/// rows are `c_stride` apart. beta is 0 or 1. Called from a task of parallel_tasks it stays on that
/// thread, and its result then depends on the operands and sizes only.
void gemm(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b, float beta,
          float* c, std::int64_t c_stride);

/// As `gemm`, cut into tiles by shape and shared among the threads.
void parallel_gemm(std::int64_t m, std::int64_t n, std::int64_t k, MatrixView a, MatrixView b,
                   float beta, float* c, std::int64_t c_stride);

}  // namespace tess2::tensor
