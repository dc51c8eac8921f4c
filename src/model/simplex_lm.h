// The simplex diffusion language model: a backbone that reads noisy simplexes and predicts clean
// tokens (section 2).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>

#include "diffusion/denoiser.h"
#include "model/config.h"
#include "model/ops.h"
#include "model/weights.h"

namespace tess2::model {

class SimplexLM final : public diffusion::Denoiser {
 public:
  /// Throws Error where the weights are not a diffusion model's. The weights are shared, not
  /// copied: an optimiser that changes them in place changes the model.
  SimplexLM(Config config, Weights weights);

  std::int64_t vocab_size() const override { return config_.vocab_size; }
  at::Tensor predict(const diffusion::DenoiserInput& input) override;

  /// Hidden states [B,L,H] after the last norm, before the head and the shift.
  at::Tensor hidden_states(const diffusion::DenoiserInput& input);

  /// From now on each position sees itself, those before and so many after, as while attention is
  /// annealed from causal to bidirectional; nothing: as the configuration says.
  void limit_look_ahead(std::optional<std::int64_t> positions) { look_ahead_ = positions; }

  const Config& config() const { return config_; }
  Weights& weights() { return weights_; }

 private:
  /// The same for sequences [first, last) alone.
  at::Tensor hidden_of(const diffusion::DenoiserInput& input, std::int64_t first,
                       std::int64_t last);
  at::Tensor predict_of(const diffusion::DenoiserInput& input, std::int64_t first,
                        std::int64_t last);
  AttentionPattern pattern() const;
  /// Input vectors x [last - first, L, H].
  at::Tensor embed(const diffusion::DenoiserInput& input, std::int64_t first, std::int64_t last);

  Config config_;
  Weights weights_;
  diffusion::SelfConditioning self_conditioning_;
  std::optional<std::int64_t> look_ahead_;
};

}  // namespace tess2::model
