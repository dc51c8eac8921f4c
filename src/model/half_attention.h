// Attention in bfloat16 with float32 sums, forward and backward (formulas: attention.cc).
#pragma once

#include "model/attention_shape.h"
#include "tensor/packed_product.h"

namespace tess2::model {

/// Writes out [batch, queries, heads * head_dim] and lse [batch, heads, queries], the log sum exp
/// of each query's scaled scores. On all threads.
void half_attention(const AttentionShape& shape, const tensor::Bf16* q, const tensor::Bf16* k,
                    const tensor::Bf16* v, tensor::Bf16* out, float* lse);

/// What the forward pass read and wrote, and the gradient by its result.
struct HalfAttentionRun {
  const tensor::Bf16 *q, *k, *v, *out;
  const float* lse;
  const tensor::Bf16* d_out;
};
/// Writes dq, dk and dv, of the shapes of q, k and v. On all threads.
void half_attention_backward(const AttentionShape& shape, const HalfAttentionRun& run,
                             tensor::Bf16* dq, tensor::Bf16* dk, tensor::Bf16* dv);

}  // namespace tess2::model
