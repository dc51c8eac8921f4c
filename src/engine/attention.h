// Attention in bfloat16, tile by tile: memory is linear in the number of keys.
#pragma once

#include <cstdint>
#include <span>

#include "engine/operand.h"
#include "model/ops.h"

namespace tess2::engine {

struct HeadShape {
  std::int64_t heads;
  std::int64_t kv_heads;
  std::int64_t head_dim;
};

/// softmax(q k^T / sqrt(head_dim)) v per head (model/ops.h), [queries, heads * head_dim].
/// q [queries, heads * head_dim], whose row i stands at position positions[i]; k and v [keys,
/// kv_heads * head_dim], whose row j stands at position j.
Rows16 attention(const Rows16& q, std::span<const std::int64_t> positions, const Rows16& k,
                 const Rows16& v, const HeadShape& shape, const model::AttentionPattern& pattern);

}  // namespace tess2::engine
