// Which rank keeps the optimiser's state of which parameter (ZeRO).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/safetensors.h"
#include "train/ranks.h"

namespace tess2::train {

/// An owner in [0, ranks) for each of the parameters with so many weights: the largest first, each
/// to the rank that has the least so far. No rank then has more than an equal share and one
/// parameter.
std::vector<std::int64_t> share_out(std::span<const std::int64_t> sizes, std::int64_t ranks);

/// Parameters are kept whole, so that what the ranks keep fits together on any number of them.
class Sharing {
 public:
  /// One process that keeps all.
  Sharing() = default;
  /// `zero`: 0: every rank keeps the state of all parameters; 1: each that of its own; 2: their
  /// gradients as well.
  Sharing(const std::vector<tensor::NamedTensor>& parameters, Ranks ranks, std::int64_t zero);

  const Ranks& ranks() const { return ranks_; }
  /// Whether parameters have owners; else every rank keeps all of them.
  bool is_shared() const { return !owners_.empty(); }
  bool shares_gradients() const { return is_shared() && zero_ == 2; }
  /// Of parameter `i`, where they have owners.
  std::int64_t owner(std::size_t i) const { return owners_[i]; }
  /// Whether this rank keeps the state of parameter `i`.
  bool keeps(std::size_t i) const { return !is_shared() || owner(i) == ranks_.rank(); }

  /// Puts the first rank's `tensor` into those of all that keep the state of parameter `i`.
  void hand_out(std::size_t i, at::Tensor& tensor) const;
  /// Puts that of a rank that keeps the state of parameter `i` into the first rank's.
  void collect(std::size_t i, at::Tensor& tensor) const;

 private:
  Ranks ranks_;
  std::int64_t zero_ = 0;
  std::vector<std::int64_t> owners_;
};

}  // namespace tess2::train
