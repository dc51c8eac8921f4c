// S = q k^T, P = e^(scale (S - max S)), o = P v / sum P, a tile of queries of one head at a time.
// Keys and values of a head are packed once and serve the tiles of its group of query heads.
#include "engine/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine/packed_matrix.h"
#include "tensor/packed_product.h"
#include "tensor/parallel.h"

namespace tess2::engine {
namespace {

using kernels::Bf16;
using tensor::multiply;

constexpr std::int64_t kQueryTile = 64;
/// Inputs of a bf16 product come in multiples of this.
constexpr std::int64_t kDepth16 = 32;

/// The keys and values of one head as products read them, padded with zeros.
struct PackedHead {
  std::int64_t keys;   ///< padded to panels
  std::int64_t depth;  ///< head_dim, padded for q k^T
  std::int64_t width;  ///< head_dim, padded to panels for P v
  Buffer<Bf16> k;      ///< [keys/64][depth/2][64][2]
  Buffer<Bf16> v;      ///< [width/64][keys/2][64][2]
};

PackedHead pack_head(const Rows16& k, const Rows16& v, std::int64_t head_dim, std::int64_t head) {
  PackedHead packed{
      round_up(k.rows, kPanel), round_up(head_dim, kDepth16), round_up(head_dim, kPanel), {}, {}};
  packed.k = Buffer<Bf16>(packed.keys * packed.depth);
  packed.v = Buffer<Bf16>(packed.keys * packed.width);
  std::fill_n(packed.k.data(), packed.k.size(), Bf16{0});
  std::fill_n(packed.v.data(), packed.v.size(), Bf16{0});
  for (std::int64_t j = 0; j < k.rows; ++j) {
    const Bf16* key = k.row(j) + head * head_dim;
    Bf16* to = packed.k.data() + j / kPanel * kPanel * packed.depth + j % kPanel * 2;
    for (std::int64_t i = 0; i < head_dim; ++i) to[i / 2 * kPanel * 2 + i % 2] = key[i];
    const Bf16* value = v.row(j) + head * head_dim;
    Bf16* out = packed.v.data() + j / 2 * kPanel * 2 + j % 2;
    for (std::int64_t i = 0; i < head_dim; ++i) {
      out[i / kPanel * kPanel * packed.keys + i % kPanel * 2] = value[i];
    }
  }
  return packed;
}

/// The memory of one tile.
struct Scratch {
  Buffer<Bf16> q;        ///< [64, depth]
  Buffer<float> scores;  ///< [64, keys]
  Buffer<Bf16> p;        ///< [64, keys]
  Buffer<float> out;     ///< [64, width]

  explicit Scratch(const PackedHead& head)
      : q(kQueryTile * head.depth),
        scores(kQueryTile * head.keys),
        p(kQueryTile * head.keys),
        out(kQueryTile * head.width) {}
};

/// p <- e^(scale (s - max s)) over the keys that are seen, 0 elsewhere; returns the sum.
float weigh(const float* scores, const model::KeyRange& seen, std::int64_t keys, float scale,
            Bf16* p) {
  std::fill_n(p, seen.begin, Bf16{0});
  std::fill_n(p + seen.end, keys - seen.end, Bf16{0});
  return kernels::softmax_numerators(scores + seen.begin, seen.end - seen.begin, scale,
                                     p + seen.begin);
}

}  // namespace

Rows16 attention(const Rows16& q, std::span<const std::int64_t> positions, const Rows16& k,
                 const Rows16& v, const HeadShape& shape, const model::AttentionPattern& pattern) {
  const std::int64_t dim = shape.head_dim;
  std::vector<PackedHead> packed(static_cast<std::size_t>(shape.kv_heads));
  tensor::parallel_tasks(shape.kv_heads, [&](std::int64_t head) {
    packed[static_cast<std::size_t>(head)] = pack_head(k, v, dim, head);
  });
  const float scale = 1.0f / std::sqrt(static_cast<float>(dim));
  const std::int64_t tiles = round_up(q.rows, kQueryTile) / kQueryTile;
  Rows16 result = make_rows16(q.rows, shape.heads * dim);
  tensor::parallel_tasks(shape.heads * tiles, [&](std::int64_t task) {
    const std::int64_t head = task / tiles, first = task % tiles * kQueryTile;
    const PackedHead& keys =
        packed[static_cast<std::size_t>(head / (shape.heads / shape.kv_heads))];
    const std::int64_t rows = std::min(kQueryTile, q.rows - first);
    Scratch scratch(keys);
    std::fill_n(scratch.q.data(), scratch.q.size(), Bf16{0});
    for (std::int64_t i = 0; i < rows; ++i) {
      std::copy_n(q.row(first + i) + head * dim, dim, scratch.q.data() + i * keys.depth);
    }
    multiply(scratch.q.data(), keys.k.data(), kQueryTile, keys.keys, keys.depth,
             scratch.scores.data());
    float sums[kQueryTile];
    for (std::int64_t i = 0; i < rows; ++i) {
      const auto seen =
          visible_keys(pattern, positions[static_cast<std::size_t>(first + i)], k.rows);
      sums[i] = weigh(scratch.scores.data() + i * keys.keys, seen, keys.keys, scale,
                      scratch.p.data() + i * keys.keys);
    }
    std::fill_n(scratch.p.data() + rows * keys.keys, (kQueryTile - rows) * keys.keys, Bf16{0});
    multiply(scratch.p.data(), keys.v.data(), kQueryTile, keys.width, keys.keys,
             scratch.out.data());
    for (std::int64_t i = 0; i < rows; ++i) {
      kernels::scale_to_bf16(scratch.out.data() + i * keys.width, dim, 1.0f / sums[i],
                             result.row(first + i) + head * dim);
    }
  });
  return result;
}

}  // namespace tess2::engine
