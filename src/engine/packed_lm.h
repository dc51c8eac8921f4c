// The simplex diffusion language model (section 2) on packed weights: inference on CPU.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "diffusion/denoiser.h"
#include "engine/operand.h"
#include "engine/packed_weights.h"
#include "model/config.h"

namespace tess2::engine {

/// Seconds that the parts of predictions took.
struct PhaseTimes {
  double distributions = 0.0;  ///< noise, softmax, averaging with the previous prediction
  double mix = 0.0;            ///< p E
  double blocks = 0.0;         ///< the backbone
  double head = 0.0;           ///< hidden states to logits
};

class PackedSimplexLM final : public diffusion::Denoiser {
 public:
  /// Throws Error where `config` is not a diffusion model's.
  PackedSimplexLM(model::Config config, PackedWeights packed);

  std::int64_t vocab_size() const override { return config_.vocab_size; }
  bool keeps_context() const override { return true; }
  std::span<const double> level_shares() const override { return config_.level_shares; }

  /// Logits [N,V] float16 for the canvas's rows, shifted as diffusion::Denoiser says. A sequence's
  /// rows do not depend on the rest of the batch nor on the number of threads. Memory is linear in
  /// the length; of vocabulary size there are the rows' distributions in 1 or 2 bytes an entry and
  /// the logits. No gradients.
  at::Tensor predict(const diffusion::DenoiserInput& input) override;

  /// As `predict` for a batch of one; adds to `times` what its parts took.
  at::Tensor predict_timed(const diffusion::DenoiserInput& input, PhaseTimes& times);

  const model::Config& config() const { return config_; }
  WeightFormat format() const { return packed_.weights.backbone.layers.front().q_proj.format; }

 private:
  void predict_sequence(const diffusion::DenoiserInput& input, std::int64_t b, at::Tensor& logits,
                        PhaseTimes& times) const;
  /// Input vectors [positions.size(), H] of sequence b; `positions` rise and have all its rows.
  Rows32 embed(const diffusion::DenoiserInput& input, std::int64_t b,
               const std::vector<std::int64_t>& positions, PhaseTimes& times) const;
  /// E at the canvas's tokens.
  Rows32 embed_tokens(const diffusion::Canvas& canvas, std::int64_t b,
                      const std::vector<std::int64_t>& positions) const;

  model::Config config_;
  PackedWeights packed_;
  diffusion::SelfConditioning self_conditioning_;
};

}  // namespace tess2::engine
