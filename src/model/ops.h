// The differentiable operations of the transformer. On CPU in float32 or bfloat16 each runs our own
// kernel with a hand-written backward; elsewhere it is composed of LibTorch's operators
// (ops_reference.h).
//
// Weights are float32. Activations x are float32, or bfloat16, whose products round the weights to
// bfloat16 and sum in float32; a result has the type of x where nothing else is said.
//
// The kernels cut their work by shape alone, so one sequence's result does not depend on the number
// of threads.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

namespace tess2::model {

/// x [..., in] times weight^T, weight [out, in]: [..., out].
at::Tensor linear_map(const at::Tensor& x, const at::Tensor& weight);

/// hidden + x weight^T: [..., out] in hidden's type, float32 where x is bfloat16.
at::Tensor add_linear_map(const at::Tensor& hidden, const at::Tensor& x, const at::Tensor& weight);

/// y = x / sqrt(mean(x^2) + eps) * weight over the last dimension, in the given type; x [..., H],
/// weight [H].
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps, at::ScalarType type);

/// silu(gate) * up, elementwise.
at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);

/// cos and sin of the rotary angles, each [L, head_dim / 2] float32: angle (l, j) is
/// (first_position + l) / theta^(2 j / head_dim).
struct RotaryTable {
  at::Tensor cos;
  at::Tensor sin;
};
RotaryTable make_rotary_table(std::int64_t first_position, std::int64_t length,
                              std::int64_t head_dim, double theta, at::Device device);

/// Rotary position embedding in the half-split form: of each head of x [B, L, heads * head_dim],
/// elements j and j + head_dim / 2 are turned by angle (l, j).
at::Tensor rotate(const at::Tensor& x, const RotaryTable& table);

/// Who sees whom. Query i stands at position i + (keys - queries).
struct AttentionPattern {
  bool causal = false;
  /// Positions i and j see each other where |i - j| < window; 0: no bound (section 2).
  std::int64_t window = 0;
  /// Positions after its own that a causal query sees, too.
  std::int64_t look_ahead = 0;
};

/// Positions [begin, end).
struct KeyRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Which of `keys` positions the query at `position` sees: a contiguous range, never empty.
KeyRange visible_keys(const AttentionPattern& pattern, std::int64_t position, std::int64_t keys);

/// softmax(q k^T / sqrt(head_dim)) v per head. q [B, L, heads * head_dim];
/// k, v [B, S, kv_heads * head_dim], each key-value head shared by heads / kv_heads query heads.
/// Returns [B, L, heads * head_dim]. Memory is linear in L.
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     std::int64_t head_dim, const AttentionPattern& pattern);

}  // namespace tess2::model
