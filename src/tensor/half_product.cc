#include "tensor/half_product.h"

#include <algorithm>
#include <cstring>

#include "core/error.h"
#include "core/vector_math.h"
#include "tensor/bf16.h"
#include "tensor/buffer.h"
#include "tensor/parallel.h"

namespace tess2::tensor {
namespace {

/// Rows multiplied at a time, and panels of a task: a block of the result and its panels stay in
/// the second-level cache.
constexpr std::int64_t kRowTile = 256;
constexpr std::int64_t kTaskPanels = 4;

/// A number as the low or the high half of a word.
inline std::uint32_t low_half(float x) {
  return bf16_of(x);
}
inline std::uint32_t high_half(float x) {
  return static_cast<std::uint32_t>(bf16_of(x)) << 16;
}
inline std::uint32_t low_half(Bf16 x) {
  return x;
}
inline std::uint32_t high_half(Bf16 x) {
  return static_cast<std::uint32_t>(x) << 16;
}

/// out[i] = the pair (first[i], second[i]) of bfloat16 numbers.
template <class T>
TESS2_KERNEL void pair_rows(const T* first, const T* second, std::int64_t n, std::uint32_t* out) {
  for (std::int64_t i = 0; i < n; ++i) out[i] = low_half(first[i]) | high_half(second[i]);
}

/// out[i] = the pair (x[2 i], x[2 i + 1]).
template <class T>
TESS2_KERNEL void pair_neighbours(const T* x, std::int64_t pairs, std::uint32_t* out) {
  for (std::int64_t i = 0; i < pairs; ++i) out[i] = low_half(x[2 * i]) | high_half(x[2 * i + 1]);
}

/// out[j][i] = in[i][j]
void transpose_words(const std::uint32_t* in, std::int64_t in_stride, std::int64_t rows,
                     std::int64_t columns, std::uint32_t* out, std::int64_t out_stride) {
  constexpr std::int64_t kBlock = 16;
  for (std::int64_t j0 = 0; j0 < columns; j0 += kBlock) {
    const std::int64_t end = std::min(columns, j0 + kBlock);
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = j0; j < end; ++j) out[j * out_stride + i] = in[i * in_stride + j];
    }
  }
}

/// A panel of b whose columns lie in memory as rows: columns [0, count) from `data` on.
template <class T>
void pack_columns(const T* data, std::int64_t stride, std::int64_t count, std::int64_t b_depth,
                  std::int64_t depth, std::uint32_t* out) {
  thread_local std::vector<std::uint32_t> pairs;
  const std::int64_t whole = b_depth / 2;
  pairs.assign(static_cast<std::size_t>(kPanel * depth / 2), 0);
  for (std::int64_t c = 0; c < count; ++c) {
    std::uint32_t* row = pairs.data() + c * depth / 2;
    pair_neighbours(data + c * stride, whole, row);
    if (b_depth % 2 != 0) row[whole] = low_half(data[c * stride + b_depth - 1]);
  }
  transpose_words(pairs.data(), depth / 2, kPanel, depth / 2, out, kPanel);
}

/// A panel of b whose rows lie in memory as rows.
template <class T>
void pack_rows(const T* data, std::int64_t stride, std::int64_t count, std::int64_t b_depth,
               std::int64_t depth, std::uint32_t* out) {
  static constexpr T kZeros[kPanel] = {};
  std::memset(out, 0, static_cast<std::size_t>(kPanel * depth / 2) * sizeof(std::uint32_t));
  for (std::int64_t r = 0; 2 * r < b_depth; ++r) {
    const T* first = data + 2 * r * stride;
    pair_rows(first, 2 * r + 1 < b_depth ? first + stride : kZeros, count, out + r * kPanel);
  }
}

TESS2_KERNEL void add_row(const float* x, std::int64_t n, float* sum) {
  for (std::int64_t i = 0; i < n; ++i) sum[i] += x[i];
}

template <class T>
void pack_panel(const StridedMatrix<T>& b, std::int64_t column, std::int64_t count,
                std::int64_t b_depth, std::int64_t depth, Bf16* out) {
  auto* words = reinterpret_cast<std::uint32_t*>(out);
  if (b.transposed) {
    return pack_columns(b.data + column * b.stride, b.stride, count, b_depth, depth, words);
  }
  pack_rows(b.data + column, b.stride, count, b_depth, depth, words);
}

template <class T>
T* at_least(Buffer<T>& buffer, std::int64_t size) {
  if (buffer.size() < size) buffer = Buffer<T>(size);
  return buffer.data();
}

/// The rows themselves, or a copy whose depth is whole.
class WholeRows {
 public:
  explicit WholeRows(const HalfRows& a) : data_(a.data), depth_(round_up(a.depth, kHalfDepth)) {
    if (a.stride == depth_ && a.depth == depth_) return;
    copy_ = Buffer<Bf16>(a.rows * depth_);
    data_ = copy_.data();
    parallel_blocks(a.rows, kRowTile, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        Bf16* row = copy_.data() + i * depth_;
        std::copy_n(a.data + i * a.stride, a.depth, row);
        std::fill_n(row + a.depth, depth_ - a.depth, Bf16{0});
      }
    });
  }

  const Bf16* row(std::int64_t i) const { return data_ + i * depth_; }
  std::int64_t depth() const { return depth_; }

 private:
  Buffer<Bf16> copy_;
  const Bf16* data_;
  std::int64_t depth_;
};

/// `panels_of(first, last, memory)` gives panels [first, last) of b, which it may make in `memory`,
/// enough for them.
template <class Panels>
void product(const HalfRows& a, std::int64_t n, const Panels& panels_of, const TileSink& sink) {
  const WholeRows rows_of_a(a);
  const std::int64_t depth = rows_of_a.depth();
  const std::int64_t panels = (n + kPanel - 1) / kPanel;
  parallel_blocks(panels, kTaskPanels, [&](std::int64_t first, std::int64_t last) {
    thread_local Buffer<float> result_memory;
    const std::int64_t width = (last - first) * kPanel;
    const Bf16* packed = panels_of(first, last, depth);
    float* result = at_least(result_memory, kRowTile * width);
    const std::int64_t column = first * kPanel;
    for (std::int64_t row = 0; row < a.rows; row += kRowTile) {
      const std::int64_t rows = std::min(kRowTile, a.rows - row);
      multiply(rows_of_a.row(row), packed, rows, width, depth, result);
      sink({row, rows, column, std::min(width, n - column), width, result});
    }
  });
}

/// Rows of b past its `b_depth` count as zeros.
template <class T>
void packing_product(const HalfRows& a, std::int64_t n, std::int64_t b_depth,
                     const StridedMatrix<T>& b, const TileSink& sink) {
  const auto pack = [&](std::int64_t first, std::int64_t last, std::int64_t depth) {
    thread_local Buffer<Bf16> memory;
    Bf16* packed = at_least(memory, (last - first) * kPanel * depth);
    for (std::int64_t p = first; p < last; ++p) {
      pack_panel(b, p * kPanel, std::min(kPanel, n - p * kPanel), b_depth, depth,
                 packed + (p - first) * kPanel * depth);
    }
    return static_cast<const Bf16*>(packed);
  };
  product(a, n, pack, sink);
}

}  // namespace

TileSink store_bf16(Bf16* out, std::int64_t stride) {
  return [out, stride](const ProductTile& tile) {
    for (std::int64_t i = 0; i < tile.rows; ++i) {
      to_bf16(tile.values + i * tile.stride, tile.columns,
              out + (tile.row + i) * stride + tile.column);
    }
  };
}

TileSink store_float(float* out, std::int64_t stride) {
  return [out, stride](const ProductTile& tile) {
    for (std::int64_t i = 0; i < tile.rows; ++i) {
      std::copy_n(tile.values + i * tile.stride, tile.columns,
                  out + (tile.row + i) * stride + tile.column);
    }
  };
}

void half_product(const HalfRows& a, std::int64_t n, const StridedMatrix<float>& b,
                  const TileSink& sink) {
  packing_product(a, n, a.depth, b, sink);
}

void half_product(const HalfRows& a, std::int64_t n, const StridedMatrix<Bf16>& b,
                  const TileSink& sink) {
  packing_product(a, n, a.depth, b, sink);
}

PackedHalf::PackedHalf(std::int64_t depth, std::int64_t n, const StridedMatrix<float>& b)
    : depth_(depth), columns_(n), panels_(round_up(n, kPanel) * round_up(depth, kHalfDepth)) {
  pack(b);
}

PackedHalf::PackedHalf(std::int64_t depth, std::int64_t n, const StridedMatrix<Bf16>& b)
    : depth_(depth), columns_(n), panels_(round_up(n, kPanel) * round_up(depth, kHalfDepth)) {
  pack(b);
}

template <class T>
void PackedHalf::pack(const StridedMatrix<T>& b) {
  const std::int64_t whole = round_up(depth_, kHalfDepth);
  parallel_tasks(round_up(columns_, kPanel) / kPanel, [&](std::int64_t p) {
    pack_panel(b, p * kPanel, std::min(kPanel, columns_ - p * kPanel), depth_, whole,
               panels_.data() + p * kPanel * whole);
  });
}

const Bf16* PackedHalf::panel(std::int64_t panel) const {
  return panels_.data() + panel * kPanel * round_up(depth_, kHalfDepth);
}

void half_product(const HalfRows& a, const PackedHalf& b, const TileSink& sink) {
  if (a.depth != b.depth()) throw Error("product: depths do not fit");
  const auto panels = [&](std::int64_t first, std::int64_t, std::int64_t) {
    return b.panel(first);
  };
  product(a, b.columns(), panels, sink);
}

void transpose(const Bf16* in, std::int64_t rows, std::int64_t columns, std::int64_t stride,
               Bf16* out) {
  constexpr std::int64_t kColumnBlock = 256;
  const std::int64_t depth = (rows + kHalfDepth - 1) / kHalfDepth * kHalfDepth;
  parallel_blocks(columns, kColumnBlock, [&](std::int64_t first, std::int64_t last) {
    // Two rows at a time become words; 32 rows of a block stay in the first-level cache.
    static constexpr Bf16 kZeros[kColumnBlock] = {};
    std::uint32_t pairs[kHalfDepth / 2 * kColumnBlock];
    const std::int64_t count = last - first;
    auto* words = reinterpret_cast<std::uint32_t*>(out + first * depth);
    for (std::int64_t row = 0; row < depth; row += kHalfDepth) {
      for (std::int64_t r = 0; r < kHalfDepth / 2; ++r) {
        const auto row_at = [&](std::int64_t i) {
          return i < rows ? in + i * stride + first : kZeros;
        };
        pair_rows(row_at(row + 2 * r), row_at(row + 2 * r + 1), count, pairs + r * kColumnBlock);
      }
      for (std::int64_t c = 0; c < count; ++c) {
        std::uint32_t* to = words + c * depth / 2 + row / 2;
        for (std::int64_t r = 0; r < kHalfDepth / 2; ++r) to[r] = pairs[r * kColumnBlock + c];
      }
    }
  });
}

void half_outer_product(const HalfRows& a, const Bf16* b, std::int64_t n, std::int64_t b_stride,
                        bool accumulate, float* c) {
  const std::int64_t depth = round_up(a.rows, kHalfDepth);
  Buffer<Bf16> turned(a.depth * depth);
  transpose(a.data, a.rows, a.depth, a.stride, turned.data());
  const HalfRows left{turned.data(), a.depth, depth, depth};
  const StridedMatrix<Bf16> right{b, b_stride};
  if (!accumulate) return packing_product(left, n, a.rows, right, store_float(c, n));
  packing_product(left, n, a.rows, right, [&](const ProductTile& tile) {
    for (std::int64_t i = 0; i < tile.rows; ++i) {
      add_row(tile.values + i * tile.stride, tile.columns, c + (tile.row + i) * n + tile.column);
    }
  });
}

}  // namespace tess2::tensor
