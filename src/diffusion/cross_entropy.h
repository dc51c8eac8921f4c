// Cross-entropy of given logits.
#pragma once

#include <ATen/ATen.h>

namespace tess2::diffusion {

/// Cross-entropy [N] of logits [N,V] float32 against labels [N] int64; differentiable in the
/// logits.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& labels);

}  // namespace tess2::diffusion
