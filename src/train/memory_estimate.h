// How much memory a training run takes at its peak, by arithmetic alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/config.h"

namespace tess2::train {

/// What the memory of a run depends on.
struct MemoryShape {
  model::Config config;  ///< of the model that is trained; its kind says what is computed

  std::int64_t batch = 1;   ///< examples of a micro-batch; a preference pair is two sequences
  std::int64_t length = 0;  ///< positions of a sequence
  double span_share = 1.0;  ///< of the positions, those that are predicted: the most of any batch
  bool self_conditioning = true;  ///< diffusion: whether a batch may predict twice
  bool accumulates = false;       ///< more than one micro-batch a step

  std::int64_t validation_batch = 1;  ///< held-out sequences that are predicted at a time
  double validation_share = 0.5;      ///< of their positions, those that are predicted
  std::int64_t samples = 0;           ///< held-out sequences that each validation fills
  std::int64_t threads = 1;

  bool bfloat16 = false;  ///< computes in bfloat16; weights, gradients and moments are float32
  bool activation_checkpointing = false;  ///< keeps the inputs of blocks and makes the rest again

  std::int64_t ranks = 1;  ///< processes that share a run
  int zero_stage = 0;      ///< 1: each holds its part of the moments; 2: and of the gradients
  /// Weights that are trained, those of adapters included; nothing: all of `config`.
  std::optional<std::int64_t> trained_weights = std::nullopt;

  std::uint64_t data_bytes = 0;  ///< examples in the shuffle's buffer, and held-out ones
  /// The program and its libraries before they do anything: measured, most of it LibTorch's.
  std::uint64_t process_bytes = 190'000'000;
  /// What the allocator holds in gaps, as a share of buffers that come and go: measured. The
  /// program lets malloc give nothing back (app/process.h), and the buffers are of many sizes.
  double heap_gaps = 0.5;
};

/// Bytes of each part, at the moment when all together are the most.
struct MemoryEstimate {
  /// Of the peak: `mixing`, `prediction`, `gradients`, `update`, `validation` or `samples`.
  std::string_view moment;
  std::uint64_t weights = 0;
  std::uint64_t gradients = 0;
  std::uint64_t moments = 0;
  std::uint64_t activations = 0;
  std::uint64_t vocabulary = 0;
  std::uint64_t gaps = 0;
  std::uint64_t data = 0;
  std::uint64_t process = 0;

  std::uint64_t total() const {
    return weights + gradients + moments + activations + vocabulary + gaps + data + process;
  }
};

/// The peak of a run of this shape, a rank's where there are several. The formulas stand with the
/// code.
MemoryEstimate estimate_memory(const MemoryShape& shape);

}  // namespace tess2::train
