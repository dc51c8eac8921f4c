// The sizes of an attention and where its heads lie in memory.
#pragma once

#include <cmath>
#include <cstdint>

#include "model/ops.h"

namespace tess2::model {

/// q [batch, queries, heads * head_dim]; k, v [batch, keys, kv_heads * head_dim].
struct AttentionShape {
  std::int64_t batch, queries, keys, heads, kv_heads, head_dim;
  AttentionPattern pattern;

  std::int64_t q_width() const { return heads * head_dim; }
  std::int64_t kv_width() const { return kv_heads * head_dim; }
  std::int64_t group() const { return heads / kv_heads; }
  float scale() const { return 1.0f / std::sqrt(static_cast<float>(head_dim)); }

  /// First element of query (b, i, head).
  std::int64_t q_at(std::int64_t b, std::int64_t i, std::int64_t head) const {
    return (b * queries + i) * q_width() + head * head_dim;
  }
  /// First element of key or value (b, 0, kv_head).
  std::int64_t kv_at(std::int64_t b, std::int64_t kv_head) const {
    return b * keys * kv_width() + kv_head * head_dim;
  }
  std::int64_t lse_at(std::int64_t b, std::int64_t head, std::int64_t i) const {
    return (b * heads + head) * queries + i;
  }
};

/// The keys that query i sees.
inline KeyRange visible_keys(const AttentionShape& shape, std::int64_t i) {
  return visible_keys(shape.pattern, i + shape.keys - shape.queries, shape.keys);
}

}  // namespace tess2::model
