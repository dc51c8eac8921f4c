#include "model/ops_reference.h"

#include <cmath>

namespace tess2::model::reference {
namespace {

/// [L,S] bool: true where query i may see key j.
at::Tensor visible(std::int64_t queries, std::int64_t keys, const AttentionPattern& pattern,
                   at::Device device) {
  const auto options = at::TensorOptions(at::kLong).device(device);
  const at::Tensor i = at::arange(keys - queries, keys, options).unsqueeze(1);
  const at::Tensor j = at::arange(keys, options).unsqueeze(0);
  at::Tensor allowed = at::ones({queries, keys}, options.dtype(at::kBool));
  if (pattern.causal) allowed = allowed.logical_and(j.le(i + pattern.look_ahead));
  if (pattern.window > 0) allowed = allowed.logical_and((i - j).abs().lt(pattern.window));
  return allowed;
}

/// [B, S, kv_heads * head_dim] -> [B, heads, S, head_dim]
at::Tensor split_heads(const at::Tensor& x, std::int64_t head_dim, std::int64_t heads) {
  const std::int64_t own = x.size(2) / head_dim;
  const at::Tensor split = x.view({x.size(0), x.size(1), own, head_dim}).transpose(1, 2);
  return own == heads ? split : split.repeat_interleave(heads / own, 1);
}

}  // namespace

at::Tensor linear_map(const at::Tensor& x, const at::Tensor& weight) {
  return at::linear(x, weight.to(x.scalar_type()));
}

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  return x * at::rsqrt(x.square().mean(-1, /*keepdim=*/true) + eps) * weight;
}

at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up) {
  return at::silu(gate) * up;
}

at::Tensor rotate(const at::Tensor& x, const RotaryTable& table) {
  const std::int64_t half = table.cos.size(1);
  // [B, L, heads, 2, half]
  const at::Tensor split = x.view({x.size(0), x.size(1), -1, 2, half});
  const at::Tensor cos = table.cos.unsqueeze(1);
  const at::Tensor sin = table.sin.unsqueeze(1);
  const at::Tensor first = split.select(3, 0);
  const at::Tensor second = split.select(3, 1);
  return at::stack({first * cos - second * sin, second * cos + first * sin}, 3)
      .view_as(x)
      .to(x.scalar_type());
}

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     std::int64_t head_dim, const AttentionPattern& pattern) {
  const std::int64_t heads = q.size(2) / head_dim;
  const at::Tensor queries = split_heads(q, head_dim, heads);
  const at::Tensor keys = split_heads(k, head_dim, heads);
  const at::Tensor values = split_heads(v, head_dim, heads);
  // [B, heads, L, S]
  at::Tensor scores = at::matmul(queries, keys.transpose(2, 3)) / std::sqrt(double(head_dim));
  const at::Tensor hidden = visible(q.size(1), k.size(1), pattern, q.device()).logical_not();
  scores = scores.masked_fill(hidden, -INFINITY);
  return at::matmul(at::softmax(scores, -1), values).transpose(1, 2).reshape(q.sizes());
}

}  // namespace tess2::model::reference
