// Rows of activations in float32 or bfloat16, worked on as float32.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <type_traits>
#include <vector>

#include "tensor/bf16_tensor.h"

namespace tess2::model {

using tensor::Bf16;

/// Whether kernels of ours work on x: on the CPU in float32 or bfloat16.
inline bool has_kernel(const at::Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

/// Number of rows when the last dimension is the row.
inline std::int64_t rows_of(const at::Tensor& x) {
  return x.numel() / x.size(-1);
}

/// Calls body(T{}) with the type of x's elements: float or Bf16.
template <class Body>
auto with_element_type(at::ScalarType type, const Body& body) {
  return type == at::kFloat ? body(float{}) : body(Bf16{});
}

template <class T>
T* data_of(const at::Tensor& x) {
  if constexpr (std::is_same_v<T, float>) {
    return x.data_ptr<float>();
  } else {
    return tensor::bf16_data(x);
  }
}

/// Memory for up to `size` numbers of one thread's task: bfloat16 numbers pass through it, float32
/// ones are read and written where they lie.
template <class T>
class FloatRow {
 public:
  explicit FloatRow(std::int64_t size) {
    if constexpr (!std::is_same_v<T, float>) memory_.resize(static_cast<std::size_t>(size));
  }

  /// The n numbers at x.
  const float* read(const T* x, std::int64_t n) {
    if constexpr (std::is_same_v<T, float>) {
      return x;
    } else {
      tensor::from_bf16(x, n, memory_.data());
      return memory_.data();
    }
  }
  /// Where to compute what `write` is to leave at `out`.
  float* place(T* out) {
    if constexpr (std::is_same_v<T, float>) {
      return out;
    } else {
      return memory_.data();
    }
  }
  void write(std::int64_t n, T* out) {
    if constexpr (!std::is_same_v<T, float>) tensor::to_bf16(memory_.data(), n, out);
  }

 private:
  std::vector<float> memory_;
};

}  // namespace tess2::model
