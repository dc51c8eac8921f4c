// The autoregressive model: what adaptation starts from, and the baseline.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "diffusion/projection.h"
#include "model/config.h"
#include "model/transformer.h"
#include "model/weights.h"

namespace tess2::model {

struct CausalGenerateSettings {
  std::int64_t max_new_tokens = 128;
  /// top_p 0 is greedy.
  diffusion::ProjectionSettings projection = {};
  std::uint64_t seed = 0;
  /// Generation ends after one of these.
  std::vector<std::int64_t> stop_ids = {};
};

class CausalLM {
 public:
  /// The weights are shared, not copied.
  CausalLM(Config config, Weights weights, const Compute& compute = {});

  /// Logits [B,L,V] of ids [B,L]: position l predicts the token at l + 1. Differentiable.
  at::Tensor logits(const at::Tensor& ids) const;

  /// Mean cross-entropy over the predicted positions 1..L-1 where `counted` [B,L] bool is true (all
  /// of them where it is undefined). Differentiable.
  at::Tensor loss(const at::Tensor& ids, const at::Tensor& counted = {}) const;

  /// Sum of -log p of the tokens from position `first` >= 1 on, one number: ids [L] int64.
  double negative_log_likelihood(const std::vector<std::int64_t>& ids, std::int64_t first) const;

  /// The prompt and what follows it, with a key-value cache. Throws Error for an empty prompt. The
  /// draw at a position is keyed by (seed, position). `on_token` sees each new token as it comes.
  std::vector<std::int64_t> generate(const std::vector<std::int64_t>& prompt,
                                     const CausalGenerateSettings& settings,
                                     const std::function<void(std::int64_t)>& on_token = {}) const;

  const Config& config() const { return config_; }
  Weights& weights() { return weights_; }

 private:
  at::Tensor head(const at::Tensor& hidden) const;
  at::Tensor hidden_states(const at::Tensor& ids, KeyValueCache* cache = nullptr) const;

  Config config_;
  Weights weights_;
  Compute compute_;
};

}  // namespace tess2::model
