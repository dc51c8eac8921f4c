// A task works on one key-value head: it packs the head's keys and values once, for all tiles of
// the query heads that share it.
//
// The backward pass works on transposed scores, S^T = K q^T, so that P^T and dS^T come out as the
// left-hand matrices of dV += P^T do and dK += dS^T q.
#include "model/half_attention.h"

#include <algorithm>
#include <vector>

#include "model/row_kernels.h"
#include "tensor/bf16.h"
#include "tensor/buffer.h"
#include "tensor/half_product.h"
#include "tensor/parallel.h"

namespace tess2::model {
namespace {

using tensor::Bf16;
using tensor::Buffer;
using tensor::kPanel;
using tensor::multiply;
using tensor::PackedHalf;
using tensor::round_up;
using tensor::StridedMatrix;

constexpr std::int64_t kQueryTile = 128;
/// Sums of a product come in multiples of this.
constexpr std::int64_t kDepth = tensor::kHalfDepth;

/// A head's part of some positions: contiguous rows, padded with zeros to a whole depth.
struct HeadRows {
  std::int64_t rows, dim, depth;
  Buffer<Bf16> values;

  HeadRows(const Bf16* first, std::int64_t stride, std::int64_t row_count, std::int64_t head_dim)
      : rows(row_count),
        dim(head_dim),
        depth(round_up(head_dim, kDepth)),
        values(row_count * round_up(head_dim, kDepth)) {
    for (std::int64_t i = 0; i < rows; ++i) {
      Bf16* row = values.data() + i * depth;
      std::copy_n(first + i * stride, dim, row);
      std::fill_n(row + dim, depth - dim, Bf16{0});
    }
  }

  const Bf16* data() const { return values.data(); }
  /// As a right-hand matrix: rows^T [dim, rows], to multiply other rows with.
  PackedHalf packed_columns() const {
    return {dim, rows, StridedMatrix<Bf16>{data(), depth, true}};
  }
  /// As a right-hand matrix [rows, dim], to be weighted and summed.
  PackedHalf packed_rows() const { return {rows, dim, StridedMatrix<Bf16>{data(), depth}}; }
};

/// c [m, padded columns of b] = a b
void multiply_rows(const Bf16* a, std::int64_t m, const PackedHalf& b, float* c) {
  multiply(a, b.panel(0), m, round_up(b.columns(), kPanel), round_up(b.depth(), kDepth), c);
}

void forward_tile(const AttentionShape& shape, const HeadRows& q, std::int64_t first,
                  const PackedHalf& k, const PackedHalf& v, Bf16* out, float* lse) {
  const std::int64_t width = round_up(shape.keys, kPanel), depth = round_up(shape.keys, kDepth);
  const std::int64_t out_width = round_up(shape.head_dim, kPanel);
  Buffer<float> scores(q.rows * width), sums(q.rows * out_width);
  Buffer<Bf16> p(q.rows * depth);
  multiply_rows(q.data(), q.rows, k, scores.data());
  for (std::int64_t i = 0; i < q.rows; ++i) {
    const KeyRange seen = visible_keys(shape, first + i);
    float* row = scores.data() + i * width;
    lse[i] = kernels::softmax_window(row, width, seen.begin, seen.end, shape.scale());
    tensor::to_bf16(row, depth, p.data() + i * depth);
  }
  multiply_rows(p.data(), q.rows, v, sums.data());
  for (std::int64_t i = 0; i < q.rows; ++i) {
    tensor::to_bf16(sums.data() + i * out_width, shape.head_dim, out + i * shape.q_width());
  }
}

/// Calls tile(head, first, rows) for the tiles of queries that share key-value head `kv_head`.
template <class TileBody>
void for_tiles(const AttentionShape& shape, std::int64_t kv_head, const TileBody& tile) {
  for (std::int64_t head = kv_head * shape.group(); head < (kv_head + 1) * shape.group(); ++head) {
    for (std::int64_t first = 0; first < shape.queries; first += kQueryTile) {
      tile(head, first, std::min(kQueryTile, shape.queries - first));
    }
  }
}

/// The backward pass of one key-value head.
class HeadBackward {
 public:
  HeadBackward(const AttentionShape& shape, const HalfAttentionRun& run, std::int64_t b,
               std::int64_t kv_head)
      : shape_(shape),
        run_(run),
        b_(b),
        width_(round_up(shape.head_dim, kPanel)),
        k_(run.k + shape.kv_at(b, kv_head), shape.kv_width(), shape.keys, shape.head_dim),
        v_(run.v + shape.kv_at(b, kv_head), shape.kv_width(), shape.keys, shape.head_dim),
        packed_k_(k_.packed_rows()),
        dk_(static_cast<std::size_t>(shape.keys * width_)),
        dv_(dk_.size()),
        part_(shape.keys * width_) {}

  /// Adds to dk and dv what queries [first, first + rows) of a head give, and writes their dq.
  void add_tile(std::int64_t head, std::int64_t first, std::int64_t rows, Bf16* dq) {
    const std::int64_t at = shape_.q_at(b_, first, head);
    const HeadRows q(run_.q + at, shape_.q_width(), rows, shape_.head_dim);
    const HeadRows d_out(run_.d_out + at, shape_.q_width(), rows, shape_.head_dim);
    const std::int64_t depth = round_up(rows, kDepth);
    Buffer<Bf16> p(shape_.keys * depth), ds(shape_.keys * depth);
    score_gradients(q, d_out, head, first, p.data(), ds.data());
    add_product(p.data(), d_out.packed_rows(), dv_);
    add_product(ds.data(), q.packed_rows(), dk_);
    Buffer<Bf16> turned(rows * round_up(shape_.keys, kDepth));
    tensor::transpose(ds.data(), shape_.keys, rows, depth, turned.data());
    Buffer<float> result(rows * width_);
    multiply_rows(turned.data(), rows, packed_k_, result.data());
    for (std::int64_t i = 0; i < rows; ++i) {
      tensor::to_bf16(result.data() + i * width_, shape_.head_dim, dq + at + i * shape_.q_width());
    }
  }

  void write(std::int64_t kv_head, Bf16* dk, Bf16* dv) const {
    for (std::int64_t j = 0; j < shape_.keys; ++j) {
      const std::int64_t at = shape_.kv_at(b_, kv_head) + j * shape_.kv_width();
      tensor::to_bf16(dk_.data() + j * width_, shape_.head_dim, dk + at);
      tensor::to_bf16(dv_.data() + j * width_, shape_.head_dim, dv + at);
    }
  }

 private:
  /// P^T and dS^T [keys, rows padded to a depth] of a tile.
  void score_gradients(const HeadRows& q, const HeadRows& d_out, std::int64_t head,
                       std::int64_t first, Bf16* p, Bf16* ds) const {
    const std::int64_t stride = round_up(q.rows, kPanel), depth = round_up(q.rows, kDepth);
    Buffer<float> scores(shape_.keys * stride), dp(shape_.keys * stride);
    multiply_rows(k_.data(), shape_.keys, q.packed_columns(), scores.data());
    multiply_rows(v_.data(), shape_.keys, d_out.packed_columns(), dp.data());
    const std::vector<float> sums = row_sums(d_out, head, first);
    const float* lse = run_.lse + shape_.lse_at(b_, head, first);
    std::int64_t begin = 0, end = 0;
    for (std::int64_t j = 0; j < shape_.keys; ++j) {
      // The queries that see a key are neighbours too, and both their ends grow with it.
      while (begin < q.rows && visible_keys(shape_, first + begin).end <= j) ++begin;
      while (end < q.rows && visible_keys(shape_, first + end).begin <= j) ++end;
      const std::int64_t from = std::min(begin, end);
      Bf16* p_row = p + j * depth;
      Bf16* ds_row = ds + j * depth;
      for (Bf16* row : {p_row, ds_row}) {
        std::fill_n(row, from, Bf16{0});
        std::fill_n(row + end, depth - end, Bf16{0});
      }
      kernels::attention_gradients(scores.data() + j * stride + from, dp.data() + j * stride + from,
                                   lse + from, sums.data() + from, end - from, shape_.scale(),
                                   p_row + from, ds_row + from);
    }
  }

  /// rowsum(do o) of a tile's queries.
  std::vector<float> row_sums(const HeadRows& d_out, std::int64_t head, std::int64_t first) const {
    const std::int64_t dim = shape_.head_dim;
    std::vector<float> sums(static_cast<std::size_t>(d_out.rows));
    std::vector<float> a(static_cast<std::size_t>(dim)), b(a.size());
    for (std::int64_t i = 0; i < d_out.rows; ++i) {
      tensor::from_bf16(d_out.data() + i * d_out.depth, dim, a.data());
      tensor::from_bf16(run_.out + shape_.q_at(b_, first + i, head), dim, b.data());
      sums[static_cast<std::size_t>(i)] = kernels::dot(a.data(), b.data(), dim);
    }
    return sums;
  }

  /// sum += a b
  void add_product(const Bf16* a, const PackedHalf& b, std::vector<float>& sum) {
    multiply_rows(a, shape_.keys, b, part_.data());
    kernels::add(part_.data(), part_.size(), sum.data());
  }

  const AttentionShape& shape_;
  const HalfAttentionRun& run_;
  std::int64_t b_, width_;
  HeadRows k_, v_;
  PackedHalf packed_k_;
  std::vector<float> dk_, dv_;  ///< [keys, width]
  Buffer<float> part_;          ///< one tile's share
};

}  // namespace

void half_attention(const AttentionShape& shape, const Bf16* q, const Bf16* k, const Bf16* v,
                    Bf16* out, float* lse) {
  tensor::parallel_tasks(shape.batch * shape.kv_heads, [&](std::int64_t task) {
    const std::int64_t b = task / shape.kv_heads, kv_head = task % shape.kv_heads;
    const std::int64_t kv = shape.kv_at(b, kv_head), stride = shape.kv_width();
    const PackedHalf keys(shape.head_dim, shape.keys, StridedMatrix<Bf16>{k + kv, stride, true});
    const PackedHalf values(shape.keys, shape.head_dim, StridedMatrix<Bf16>{v + kv, stride});
    for_tiles(shape, kv_head, [&](std::int64_t head, std::int64_t first, std::int64_t rows) {
      const std::int64_t at = shape.q_at(b, first, head);
      forward_tile(shape, HeadRows(q + at, shape.q_width(), rows, shape.head_dim), first, keys,
                   values, out + at, lse + shape.lse_at(b, head, first));
    });
  });
}

void half_attention_backward(const AttentionShape& shape, const HalfAttentionRun& run, Bf16* dq,
                             Bf16* dk, Bf16* dv) {
  tensor::parallel_tasks(shape.batch * shape.kv_heads, [&](std::int64_t task) {
    const std::int64_t b = task / shape.kv_heads, kv_head = task % shape.kv_heads;
    HeadBackward backward(shape, run, b, kv_head);
    for_tiles(shape, kv_head, [&](std::int64_t head, std::int64_t first, std::int64_t rows) {
      backward.add_tile(head, first, rows, dq);
    });
    backward.write(kv_head, dk, dv);
  });
}

}  // namespace tess2::model
