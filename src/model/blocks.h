// The blocks of the transformer (section 2), written once for every kind of arithmetic.
#pragma once

#include <cstddef>
#include <utility>

namespace tess2::model {

/// Runs block i on `hidden`, in place. `Ops` has the arithmetic of one run over one set of
/// positions:
///
///   layers(), layer(i), final_norm()        the weights (model/weights.h)
///   norm(hidden, weight)                    RMSNorm
///   linear(x, weight)                       x W^T
///   add_linear(hidden, x, weight)           hidden += x W^T
///   gated_linear(x, gate, up)               silu(x gate^T) (x up^T)
///   rotate(x)                               rotary embedding at the run's positions
///   attend(i, q, k, v)                      attention of block i
///   enter_last_block(hidden, normed)        called once its keys and values are made: from there
///                                           on only positions that are asked for are needed
template <class Ops, class Hidden>
void run_block(Ops& ops, std::size_t i, Hidden& hidden) {
  const auto& layer = ops.layer(i);
  auto normed = ops.norm(hidden, layer.input_norm);
  auto k = ops.rotate(ops.linear(normed, layer.k_proj));
  auto v = ops.linear(normed, layer.v_proj);
  if (i + 1 == ops.layers()) ops.enter_last_block(hidden, normed);
  auto q = ops.rotate(ops.linear(normed, layer.q_proj));
  ops.add_linear(hidden, ops.attend(i, std::move(q), std::move(k), std::move(v)), layer.o_proj);
  const auto inner = ops.norm(hidden, layer.post_attention_norm);
  ops.add_linear(hidden, ops.gated_linear(inner, layer.gate_proj, layer.up_proj), layer.down_proj);
}

/// Runs all blocks and the last norm.
template <class Ops, class Hidden>
auto run_blocks(Ops& ops, Hidden hidden) {
  for (std::size_t i = 0; i < ops.layers(); ++i) run_block(ops, i, hidden);
  return ops.norm(hidden, ops.final_norm());
}

}  // namespace tess2::model
