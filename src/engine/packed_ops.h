// The arithmetic of the packed engine for model::run_blocks: one sequence at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/attention.h"
#include "engine/kept_context.h"
#include "engine/linear.h"
#include "engine/operand.h"
#include "engine/packed_weights.h"
#include "model/config.h"
#include "model/ops.h"

namespace tess2::engine {

/// One run over a sequence.
class PackedOps {
 public:
  /// Hidden states at `positions` (rising) go in; those at `wanted`, some of them, come out.
  /// `positions` are all of the canvas's `length`, or those that `context` leaves to compute;
  /// `context` may be null and must outlive the run.
  PackedOps(const model::Config& config, const PackedWeights& packed, std::int64_t length,
            std::vector<std::int64_t> positions, std::vector<std::int64_t> wanted,
            KeptContext* context);

  std::size_t layers() const { return packed_.weights.backbone.layers.size(); }
  const model::LayerOf<PackedMatrix>& layer(std::size_t i) const {
    return packed_.weights.backbone.layers[i];
  }
  const at::Tensor& final_norm() const { return packed_.weights.backbone.norm; }

  Operand norm(const Rows32& x, const at::Tensor& weight) const;
  Rows16 linear(const Operand& x, const PackedMatrix& weight) const;
  void add_linear(Rows32& hidden, Rows16 x, const PackedMatrix& weight) const;
  Rows16 gated_linear(const Operand& x, const PackedMatrix& gate, const PackedMatrix& up) const;
  Rows16 rotate(Rows16 x) const;
  Rows16 attend(std::size_t i, const Rows16& q, Rows16 k, Rows16 v) const;
  void enter_last_block(Rows32& hidden, Operand& normed);

 private:
  WeightFormat format() const;

  const model::Config& config_;
  const PackedWeights& packed_;
  std::vector<std::int64_t> positions_;  ///< of the rows in work
  std::vector<std::int64_t> wanted_;
  KeptContext* context_;
  model::RotaryTable rotary_;
  model::AttentionPattern pattern_;
};

}  // namespace tess2::engine
