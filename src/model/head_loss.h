// The head and the cross-entropy together, in chunks of rows: no matrix of positions by vocabulary
// is kept for the backward pass.
#pragma once

#include <ATen/ATen.h>

#include <memory>

#include "diffusion/denoiser.h"

namespace tess2::model {

/// loss_n = lse(hidden_n head^T) - (hidden_n head^T)[label_n].
/// hidden [N,H] float32 or bfloat16, head [V,H] float32, labels [N] int64, weights [N] float32.
/// `total`, sum_n weights_n loss_n, is differentiable in hidden and head; their gradients are made
/// in the forward pass, chunk by chunk, where gradients are on. On CPU; elsewhere and in other
/// types composed of LibTorch's operators. Throws Error for a label outside V.
diffusion::TokenLosses head_cross_entropy(const at::Tensor& hidden, const at::Tensor& head,
                                          const at::Tensor& labels, const at::Tensor& weights);

/// The product of hidden states and a head, made ready once for several chunks of rows.
class HeadProduct {
 public:
  /// head [V,H] float32 on CPU, which must outlive this; `type` of the hidden states: float32 or
  /// bfloat16.
  HeadProduct(const at::Tensor& head, at::ScalarType type);
  ~HeadProduct();

  /// hidden [N,H] head^T: [N,V] without gradient, float32 for float32 hidden, float16 for bfloat16.
  at::Tensor logits(const at::Tensor& hidden) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tess2::model
