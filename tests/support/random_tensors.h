// Tensors without pattern, the same at each run.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>

#include "core/random.h"

namespace tess2::test_support {

/// Float32 numbers from N(0, 1).
inline at::Tensor random_numbers(at::IntArrayRef shape, std::uint64_t seed) {
  at::Tensor numbers = at::empty(shape, at::kFloat);
  Rng rng(seed, Stream::kSynthetic);
  std::generate_n(numbers.data_ptr<float>(), numbers.numel(), [&] { return rng.normal(); });
  return numbers;
}

/// Int64 ids in [0, vocab).
inline at::Tensor random_ids(at::IntArrayRef shape, std::int64_t vocab, std::uint64_t seed) {
  at::Tensor ids = at::empty(shape, at::kLong);
  Rng rng(seed, Stream::kSynthetic);
  std::generate_n(ids.data_ptr<std::int64_t>(), ids.numel(),
                  [&] { return rng.between(0, vocab - 1); });
  return ids;
}

/// Largest absolute difference, as a part of the largest absolute value of `expected`.
inline double relative_difference(const at::Tensor& found, const at::Tensor& expected) {
  const double scale = std::max(expected.abs().max().item<double>(), 1e-12);
  return (found - expected).abs().max().item<double>() / scale;
}

}  // namespace tess2::test_support
