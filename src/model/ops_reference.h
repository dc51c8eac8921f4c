// The operations of ops.h composed of LibTorch's operators: any device and type, and what the CPU
// kernels are tested against. Shapes and meaning as in ops.h.
#pragma once

#include "model/ops.h"

namespace tess2::model::reference {

at::Tensor linear_map(const at::Tensor& x, const at::Tensor& weight);
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor swiglu(const at::Tensor& gate, const at::Tensor& up);
at::Tensor rotate(const at::Tensor& x, const RotaryTable& table);
at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     std::int64_t head_dim, const AttentionPattern& pattern);

}  // namespace tess2::model::reference
