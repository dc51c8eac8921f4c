// The processes that train together, over LibTorch's c10d.
#pragma once

#include <ATen/ATen.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "train/launch.h"

namespace tess2::train {

/// This process among the others. Every function but `leave` must be called by all ranks in the
/// same order, and waits for them as long as they live. A process alone has no group and pays
/// nothing: its sums are what it has. Copies are the same rank.
///
/// Each throws Error naming the rank where another one has died or left: within three seconds where
/// its connections break, else within the time limit after its last sign of life.
class Ranks {
 public:
  /// Alone.
  Ranks() = default;
  /// Waits until all ranks of the launch are there. Throws Error where one is not within the time
  /// limit, and where LibTorch or this program was built without what several ranks need.
  Ranks(const Launch& launch, std::chrono::seconds limit);

  std::int64_t rank() const;
  std::int64_t size() const;
  bool is_first() const { return rank() == 0; }

  /// Adds the tensors of all ranks, of one shape; each rank gets the sum, with the same bits.
  /// Contiguous; other floating-point types than float32 and float64 are added in float32.
  void sum(at::Tensor& tensor) const;
  std::vector<double> sum(const std::vector<double>& values) const;
  /// As above; rank `to` gets the sum, and the others' tensors are then worth nothing.
  void sum_to(at::Tensor& tensor, std::int64_t to) const;
  /// Each rank gets the bytes of the tensor of rank `from`. Contiguous, of one shape.
  void broadcast(at::Tensor& tensor, std::int64_t from) const;
  std::string broadcast(const std::string& text, std::int64_t from) const;
  /// The bytes of a contiguous tensor from one rank to another; these two call it.
  void send(const at::Tensor& tensor, std::int64_t to) const;
  void receive(at::Tensor& tensor, std::int64_t from) const;
  /// What each rank has, by rank; they may have different numbers of values.
  std::vector<std::vector<double>> gather(const std::vector<double>& mine) const;
  /// Waits until all ranks are here.
  void barrier() const;

  /// Tells the others why this rank ends early, so that they end, too, and can say why. The rank
  /// that keeps the meeting place stays until the others have seen it, at most for the time limit.
  /// Nothing else may be called after it.
  void leave(const std::string& why) const;

 private:
  class Group;
  std::shared_ptr<Group> group_;  ///< null where alone
};

}  // namespace tess2::train
