// Where the noise of the simplex comes from.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

namespace tess2::diffusion {

/// Unit normals eps, looked up by place so that they need not be stored.
class NoiseSource {
 public:
  virtual ~NoiseSource() = default;
  /// out[i] = eps of (sequence of the batch, draw, position, vocabulary index first + i). `draw`
  /// counts the draws of a run: 0 for the start, then one a step. Safe to call from several
  /// threads.
  virtual void fill(std::int64_t sequence, std::int64_t draw, std::int64_t position,
                    std::span<float> out, std::int64_t first = 0) const = 0;
};

/// Noise from the counter-based generator, one seed a sequence: what a sequence gets does not
/// depend on the batch it sits in.
class CounterNoise final : public NoiseSource {
 public:
  explicit CounterNoise(std::vector<std::uint64_t> seeds) : seeds_(std::move(seeds)) {}
  void fill(std::int64_t sequence, std::int64_t draw, std::int64_t position, std::span<float> out,
            std::int64_t first = 0) const override;

 private:
  std::vector<std::uint64_t> seeds_;
};

/// Given noise, for tests: a float32 tensor [draws, B, L, V] of unit normals.
class GivenNoise final : public NoiseSource {
 public:
  /// Throws Error where the tensor has another rank or type.
  explicit GivenNoise(const at::Tensor& values);
  void fill(std::int64_t sequence, std::int64_t draw, std::int64_t position, std::span<float> out,
            std::int64_t first = 0) const override;

 private:
  at::Tensor values_;
};

}  // namespace tess2::diffusion
