// Attention on CPU: tiles of queries against all their keys, so that memory stays linear in L.
//
//   S = q k^T,  P = softmax(scale S),  o = P v,  lse = log sum exp(scale S)
//   backward, with P made again from lse:
//   dV = P^T do,  dP = do v^T,  dS = scale P (dP - rowsum(do o)),  dq = dS k,  dk = dS^T q
#include <algorithm>
#include <cmath>
#include <vector>

#include "model/attention_shape.h"
#include "model/float_rows.h"
#include "model/half_attention.h"
#include "model/ops.h"
#include "model/ops_reference.h"
#include "model/row_kernels.h"
#include "tensor/gemm.h"
#include "tensor/parallel.h"

namespace tess2::model {
namespace {

using at::Tensor;
using tensor::gemm;
using tensor::MatrixView;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kQueryTile = 64;

/// The tile of queries [first, first + rows) of one head, and the keys that any of them sees.
struct Tile {
  std::int64_t b, head, first, rows;
  KeyRange keys;
  std::int64_t width() const { return keys.end - keys.begin; }
};

Tile make_tile(const AttentionShape& shape, std::int64_t b, std::int64_t head, std::int64_t first) {
  const std::int64_t rows = std::min(kQueryTile, shape.queries - first);
  return {b,
          head,
          first,
          rows,
          {visible_keys(shape, first).begin, visible_keys(shape, first + rows - 1).end}};
}

/// S = q k^T [rows, width] of a tile.
void tile_scores(const AttentionShape& shape, const Tile& tile, const float* q, const float* k,
                 float* out) {
  const float* keys =
      k + shape.kv_at(tile.b, tile.head / shape.group()) + tile.keys.begin * shape.kv_width();
  gemm(tile.rows, tile.width(), shape.head_dim,
       {q + shape.q_at(tile.b, tile.first, tile.head), shape.q_width()},
       MatrixView{keys, shape.kv_width()}.t(), 0.0f, out, tile.width());
}

void forward_tile(const AttentionShape& shape, const Tile& tile, const float* q, const float* k,
                  const float* v, float* out, float* lse) {
  std::vector<float> scores(static_cast<std::size_t>(tile.rows * tile.width()));
  tile_scores(shape, tile, q, k, scores.data());
  for (std::int64_t i = 0; i < tile.rows; ++i) {
    const KeyRange seen = visible_keys(shape, tile.first + i);
    lse[shape.lse_at(tile.b, tile.head, tile.first + i)] = kernels::softmax_window(
        scores.data() + i * tile.width(), tile.width(), seen.begin - tile.keys.begin,
        seen.end - tile.keys.begin, shape.scale());
  }
  const float* values =
      v + shape.kv_at(tile.b, tile.head / shape.group()) + tile.keys.begin * shape.kv_width();
  gemm(tile.rows, shape.head_dim, tile.width(), {scores.data(), tile.width()},
       {values, shape.kv_width()}, 0.0f, out + shape.q_at(tile.b, tile.first, tile.head),
       shape.q_width());
}

struct Inputs {
  const float *q, *k, *v, *out, *lse, *d_out;
};
struct Gradients {
  float *dq, *dk, *dv;
};

void backward_tile(const AttentionShape& shape, const Tile& tile, const Inputs& in,
                   const Gradients& to) {
  const std::int64_t width = tile.width();
  const std::int64_t kv =
      shape.kv_at(tile.b, tile.head / shape.group()) + tile.keys.begin * shape.kv_width();
  const std::int64_t at = shape.q_at(tile.b, tile.first, tile.head);
  const MatrixView d_out{in.d_out + at, shape.q_width()};
  std::vector<float> p(static_cast<std::size_t>(tile.rows * width));
  std::vector<float> dp(p.size());
  tile_scores(shape, tile, in.q, in.k, p.data());
  gemm(tile.rows, width, shape.head_dim, d_out, MatrixView{in.v + kv, shape.kv_width()}.t(), 0.0f,
       dp.data(), width);
  for (std::int64_t i = 0; i < tile.rows; ++i) {
    const KeyRange seen = visible_keys(shape, tile.first + i);
    const std::int64_t row = at + i * shape.q_width();
    const float sum = kernels::dot(in.d_out + row, in.out + row, shape.head_dim);
    kernels::softmax_from_lse(p.data() + i * width, width, seen.begin - tile.keys.begin,
                              seen.end - tile.keys.begin, shape.scale(),
                              in.lse[shape.lse_at(tile.b, tile.head, tile.first + i)]);
    kernels::softmax_backward(p.data() + i * width, dp.data() + i * width, width, sum,
                              shape.scale());
  }
  const MatrixView weights{p.data(), width};
  const MatrixView d_scores{dp.data(), width};
  gemm(width, shape.head_dim, tile.rows, weights.t(), d_out, 1.0f, to.dv + kv, shape.kv_width());
  gemm(width, shape.head_dim, tile.rows, d_scores.t(), {in.q + at, shape.q_width()}, 1.0f,
       to.dk + kv, shape.kv_width());
  gemm(tile.rows, shape.head_dim, width, d_scores, {in.k + kv, shape.kv_width()}, 0.0f, to.dq + at,
       shape.q_width());
}

void forward_all(const AttentionShape& shape, const Tensor& q, const Tensor& k, const Tensor& v,
                 const Tensor& out, const Tensor& lse) {
  const std::int64_t tiles = (shape.queries + kQueryTile - 1) / kQueryTile;
  tensor::parallel_tasks(shape.batch * shape.heads * tiles, [&](std::int64_t task) {
    const std::int64_t head = task / tiles;
    forward_tile(
        shape, make_tile(shape, head / shape.heads, head % shape.heads, task % tiles * kQueryTile),
        q.data_ptr<float>(), k.data_ptr<float>(), v.data_ptr<float>(), out.data_ptr<float>(),
        lse.data_ptr<float>());
  });
}

/// `saved` are q, k, v, the result and lse; dk and dv hold zeros.
void backward_all(const AttentionShape& shape, const variable_list& saved, const Tensor& d_out,
                  const Tensor& dq, const Tensor& dk, const Tensor& dv) {
  const Inputs in{saved[0].data_ptr<float>(), saved[1].data_ptr<float>(),
                  saved[2].data_ptr<float>(), saved[3].data_ptr<float>(),
                  saved[4].data_ptr<float>(), d_out.data_ptr<float>()};
  const Gradients to{dq.data_ptr<float>(), dk.data_ptr<float>(), dv.data_ptr<float>()};
  // One task a key-value head: its query heads and tiles add to dk and dv in order.
  tensor::parallel_tasks(shape.batch * shape.kv_heads, [&](std::int64_t task) {
    const std::int64_t first_head = task % shape.kv_heads * shape.group();
    for (std::int64_t head = first_head; head < first_head + shape.group(); ++head) {
      for (std::int64_t first = 0; first < shape.queries; first += kQueryTile) {
        backward_tile(shape, make_tile(shape, task / shape.kv_heads, head, first), in, to);
      }
    }
  });
}

bool is_half(const Tensor& x) {
  return x.scalar_type() == at::kBFloat16;
}

struct Attention : torch::autograd::Function<Attention> {
  static Tensor forward(AutogradContext* context, const Tensor& q, const Tensor& k, const Tensor& v,
                        std::int64_t head_dim, bool causal, std::int64_t window,
                        std::int64_t look_ahead) {
    const AttentionShape shape = shape_of(q, k, head_dim, {causal, window, look_ahead});
    const Tensor out = at::empty_like(q);
    const Tensor lse =
        at::empty({shape.batch, shape.heads, shape.queries}, q.options().dtype(at::kFloat));
    if (is_half(q)) {
      half_attention(shape, data_of<Bf16>(q), data_of<Bf16>(k), data_of<Bf16>(v),
                     data_of<Bf16>(out), lse.data_ptr<float>());
    } else {
      forward_all(shape, q, k, v, out, lse);
    }
    context->save_for_backward({q, k, v, out, lse});
    context->saved_data["head_dim"] = head_dim;
    context->saved_data["causal"] = causal;
    context->saved_data["window"] = window;
    context->saved_data["look_ahead"] = look_ahead;
    return out;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const AttentionPattern pattern{context->saved_data["causal"].toBool(),
                                   context->saved_data["window"].toInt(),
                                   context->saved_data["look_ahead"].toInt()};
    const AttentionShape shape =
        shape_of(saved[0], saved[1], context->saved_data["head_dim"].toInt(), pattern);
    const Tensor d_out = gradients[0].contiguous();
    const Tensor dq = at::empty_like(saved[0]);
    const Tensor dk = at::zeros_like(saved[1]);
    const Tensor dv = at::zeros_like(saved[2]);
    if (is_half(d_out)) {
      half_attention_backward(
          shape,
          {data_of<Bf16>(saved[0]), data_of<Bf16>(saved[1]), data_of<Bf16>(saved[2]),
           data_of<Bf16>(saved[3]), saved[4].data_ptr<float>(), data_of<Bf16>(d_out)},
          data_of<Bf16>(dq), data_of<Bf16>(dk), data_of<Bf16>(dv));
    } else {
      backward_all(shape, saved, d_out, dq, dk, dv);
    }
    return {dq, dk, dv, Tensor(), Tensor(), Tensor(), Tensor()};
  }

  static AttentionShape shape_of(const Tensor& q, const Tensor& k, std::int64_t head_dim,
                                 const AttentionPattern& pattern) {
    return {q.size(0), q.size(1), k.size(1), q.size(2) / head_dim, k.size(2) / head_dim,
            head_dim,  pattern};
  }
};

}  // namespace

KeyRange visible_keys(const AttentionPattern& pattern, std::int64_t position, std::int64_t keys) {
  KeyRange range{0, keys};
  if (pattern.causal) range.end = std::min(keys, position + 1 + pattern.look_ahead);
  if (pattern.window > 0) {
    range.begin = std::max(range.begin, position - pattern.window + 1);
    range.end = std::min(range.end, position + pattern.window);
  }
  return range;
}

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t head_dim,
                 const AttentionPattern& pattern) {
  if (!has_kernel(q)) {
    return reference::attention(q, k, v, head_dim, pattern);
  }
  return Attention::apply(q.contiguous(), k.contiguous(), v.contiguous(), head_dim, pattern.causal,
                          pattern.window, pattern.look_ahead);
}

}  // namespace tess2::model
