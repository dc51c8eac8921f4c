// The gradients of all ranks become one, on the ranks that need it.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tensor/safetensors.h"
#include "train/sharing.h"

namespace tess2::train {

/// Adds the gradients of the ranks. Without ZeRO each rank gets the sums of all parameters; with it
/// the owner of a parameter alone, and the others free theirs. Where gradients are shared, that
/// happens during the backward pass: as soon as a gradient is ready on all ranks it goes to its
/// owner, which adds up what comes over the micro-batches of a step; so no rank ever holds all. One
/// process alone does nothing.
class GradientExchange {
 public:
  /// `parameters`: leaves, the same on all ranks and in the same order.
  GradientExchange(const std::vector<tensor::NamedTensor>& parameters, Sharing sharing);
  ~GradientExchange();
  GradientExchange(const GradientExchange&) = delete;
  GradientExchange& operator=(const GradientExchange&) = delete;

  /// After the backward pass of each micro-batch.
  void after_backward();
  /// Before the optimiser's step: `.grad()` of a parameter that this rank keeps is then the sum
  /// over all ranks and micro-batches, and undefined where none had one and for other parameters.
  void finish();

  /// The most bytes of gradients that this rank held when one of them became ready.
  std::int64_t peak_bytes() const;

 private:
  class State;
  std::shared_ptr<State> state_;  ///< null where there is one rank
};

}  // namespace tess2::train
