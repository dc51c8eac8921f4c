// The simplex diffusion language model: a backbone that reads noisy simplexes and predicts clean
// tokens (section 2).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <optional>

#include "diffusion/denoiser.h"
#include "model/config.h"
#include "model/simplex_mix.h"
#include "model/transformer.h"
#include "model/weights.h"

namespace tess2::model {

class SimplexLM final : public diffusion::Denoiser {
 public:
  /// Throws Error where the weights are not a diffusion model's. The weights are shared, not
  /// copied: an optimiser that changes them in place changes the model.
  SimplexLM(Config config, Weights weights, const Compute& compute = {});

  std::int64_t vocab_size() const override { return config_.vocab_size; }
  std::span<const double> level_shares() const override { return config_.level_shares; }
  at::Tensor predict(const diffusion::DenoiserInput& input) override;

  diffusion::TokenLosses losses(const diffusion::DenoiserInput& input,
                                const diffusion::DenoiserInput* earlier, const at::Tensor& labels,
                                const at::Tensor& weights) override;

  /// Hidden states [B,L,H] after the last norm, before the head and the shift.
  at::Tensor hidden_states(const diffusion::DenoiserInput& input);

  /// From now on each position sees itself, those before and so many after, as while attention is
  /// annealed from causal to bidirectional; nothing: as the configuration says.
  void limit_look_ahead(std::optional<std::int64_t> positions) { look_ahead_ = positions; }

  const Config& config() const { return config_; }
  Weights& weights() { return weights_; }

  /// Seconds that calls of `losses` have spent on work of vocabulary size: noise, softmax, mixing,
  /// head and cross-entropy with their gradients.
  double vocabulary_seconds() const { return vocabulary_seconds_; }

 private:
  /// The predicting states of the whole batch, after the prediction `earlier` where it is given,
  /// nothing of which is left when they are made.
  at::Tensor informed_states(const diffusion::DenoiserInput& input,
                             const diffusion::DenoiserInput* earlier);
  /// The previous logits that an input gives.
  static PreviousLogits given_previous(const diffusion::DenoiserInput& input);
  /// The logits of a prediction without gradient, of which its hidden states alone are kept.
  PreviousLogits prediction_of(const diffusion::DenoiserInput& input);
  /// Hidden states of sequences [first, last).
  at::Tensor hidden_of(const diffusion::DenoiserInput& input, std::int64_t first, std::int64_t last,
                       const PreviousLogits& previous);
  /// [n,H]: of each row, the hidden state that predicts it.
  at::Tensor predicting_states(const diffusion::DenoiserInput& input, std::int64_t first,
                               std::int64_t last, const PreviousLogits& previous);
  at::Tensor predict_of(const diffusion::DenoiserInput& input, std::int64_t first,
                        std::int64_t last);
  AttentionPattern pattern() const;
  /// Input vectors x [last - first, L, H].
  at::Tensor embed(const diffusion::DenoiserInput& input, std::int64_t first, std::int64_t last,
                   const PreviousLogits& previous);
  /// p E of rows [begin, end).
  at::Tensor noisy_rows(const diffusion::DenoiserInput& input, std::int64_t begin, std::int64_t end,
                        const PreviousLogits& previous);

  Config config_;
  Weights weights_;
  Compute compute_;
  diffusion::SelfConditioning self_conditioning_;
  double vocabulary_seconds_ = 0.0;
  std::optional<std::int64_t> look_ahead_;
};

}  // namespace tess2::model
