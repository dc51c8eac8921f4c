// The elements of bfloat16 tensors as the kernels take them.
#pragma once

#include <ATen/ATen.h>

#include "tensor/bf16.h"

namespace tess2::tensor {

/// Throws where x is of another type.
inline Bf16* bf16_data(const at::Tensor& x) {
  return reinterpret_cast<Bf16*>(x.data_ptr<at::BFloat16>());
}

}  // namespace tess2::tensor
