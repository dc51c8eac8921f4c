// Which rank keeps the optimiser's state of which parameter (ZeRO).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

#include "tensor/safetensors.h"
#include "train/ranks.h"

namespace tess2::train {

/// Parameters that travel together, by number.
using Unit = std::vector<std::size_t>;

/// Units of the parameters with so many bytes: the large ones by themselves, small ones together up
/// to 32 KiB, for a message of fewer bytes takes hardly less time.
std::vector<Unit> make_units(std::span<const std::int64_t> bytes);

/// An owner in [0, ranks) for each of the units of these sizes: the largest first, each to the rank
/// that has the least so far. No rank then has more than an equal share and one unit.
std::vector<std::int64_t> share_out(std::span<const std::int64_t> sizes, std::int64_t ranks);

/// Parameters are kept whole, so that what the ranks keep fits together on any number of them.
class Sharing {
 public:
  /// One process that keeps all.
  Sharing() = default;
  /// `zero`: 0: every rank keeps the state of all parameters; 1: each that of its own; 2: their
  /// gradients as well. A process alone keeps all.
  Sharing(const std::vector<tensor::NamedTensor>& parameters, Ranks ranks, std::int64_t zero);

  const Ranks& ranks() const { return ranks_; }
  /// Whether parameters have owners; else every rank keeps all of them.
  bool is_shared() const { return !owners_.empty(); }
  bool shares_gradients() const { return is_shared() && zero_ == 2; }
  const std::vector<Unit>& units() const { return units_; }
  /// Of unit `u`, where they have owners.
  std::int64_t unit_owner(std::size_t u) const { return owners_[u]; }
  /// Whether this rank keeps the state of the parameters of unit `u`, or of parameter `i`.
  bool keeps_unit(std::size_t u) const { return !is_shared() || owners_[u] == ranks_.rank(); }
  bool keeps(std::size_t i) const { return !is_shared() || owner(i) == ranks_.rank(); }

  /// Puts the first rank's `tensor` into those of all that keep the state of parameter `i`.
  void hand_out(std::size_t i, at::Tensor& tensor) const;
  /// Puts that of a rank that keeps the state of parameter `i` into the first rank's.
  void collect(std::size_t i, at::Tensor& tensor) const;
  /// Gives all ranks the parameters of their owners.
  void share_parameters() const;

 private:
  std::int64_t owner(std::size_t i) const { return owners_[unit_of_[i]]; }

  Ranks ranks_;
  std::int64_t zero_ = 0;
  std::vector<at::Tensor> parameters_;
  std::vector<Unit> units_;
  std::vector<std::size_t> unit_of_;  ///< by parameter
  std::vector<std::int64_t> owners_;  ///< by unit
};

}  // namespace tess2::train
