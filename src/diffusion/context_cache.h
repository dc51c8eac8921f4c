// Keys and values of a canvas's context (its prompt), kept from one prediction for later ones.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace tess2::diffusion {

/// What one sequence's run keeps. Attention is bidirectional, so the context's keys and values
/// change as the noise does: a prediction from kept ones is not exact, and `drift` says by how much
/// they had changed whenever they were made again.
///
/// The run says by `reuse` when kept ones may serve; the denoiser fills in the rest. Positions
/// whose own hidden states are needed (the rows, and the position before each, which predicts it)
/// are live: they are always computed.
class ContextCache {
 public:
  struct Block {
    at::Tensor keys;    ///< [L, kv_heads * head_dim]; what stands at live positions is not read
    at::Tensor values;  ///< the same
  };

  bool reuse = false;

  /// Whether what is kept is that of a canvas of `length` positions of which `live` (rising) are
  /// live.
  bool holds(std::int64_t length, std::span<const std::int64_t> live) const {
    return length == length_ && std::ranges::equal(live, live_);
  }
  /// Empties the cache for such a canvas of a model of so many blocks.
  void start(std::int64_t length, std::vector<std::int64_t> live, std::size_t blocks) {
    length_ = length;
    live_ = std::move(live);
    blocks_.assign(blocks, {});
  }

  /// Of block `i` of the model that it was started for; undefined tensors until it is filled.
  Block& block(std::size_t i) { return blocks_.at(i); }

  /// Counts keys or values that were made again and what had been kept of them.
  void note_renewal(double squared_distance, double squared_norm) {
    distance_ += squared_distance;
    norm_ += squared_norm;
  }
  /// ||new - kept|| / ||new|| over the keys and values of the context and all times that they were
  /// made again; none where they never were.
  std::optional<double> drift() const {
    if (norm_ == 0.0) return std::nullopt;
    return std::sqrt(distance_ / norm_);
  }

 private:
  std::int64_t length_ = -1;
  std::vector<std::int64_t> live_;
  std::vector<Block> blocks_;
  double distance_ = 0.0;
  double norm_ = 0.0;
};

}  // namespace tess2::diffusion
