// The reward model (section 5): the causal backbone with a scalar head.
#pragma once

#include <ATen/ATen.h>

#include "diffusion/guidance.h"
#include "diffusion/simplex.h"
#include "model/config.h"
#include "model/transformer.h"
#include "model/weights.h"

namespace tess2::model {

class RewardModel final : public diffusion::RewardFunction {
 public:
  /// The weights are shared, not copied. Throws Error where score.weight is missing.
  RewardModel(Config config, Weights weights, const Compute& compute = {});

  std::int64_t vocab_size() const override { return config_.vocab_size; }

  /// Rewards [B] of ids [B,L] int64, read at the last token that is not padding. Differentiable.
  at::Tensor score(const at::Tensor& ids) const;

  /// The same of a canvas whose span is seen through noise: there the model reads softmax(s) E_rm,
  /// s the rows of `simplex`, in which E_rm is a constant. Differentiable.
  at::Tensor score(const diffusion::Canvas& canvas, const diffusion::NoisySimplex& simplex) const;

  /// -log sigmoid(r_chosen - r_rejected), mean over pairs: ids [B,L] each. Differentiable.
  at::Tensor pair_loss(const at::Tensor& chosen, const at::Tensor& rejected) const;

  /// Section 5's guidance: c E_rm in the span, token embeddings elsewhere, read at the last
  /// position.
  at::Tensor reward(const diffusion::Canvas& canvas, std::int64_t b,
                    const at::Tensor& weights) override;

  const Config& config() const { return config_; }
  Weights& weights() { return weights_; }

 private:
  /// Rewards [B,L], one a position, of input vectors [B,L,H].
  at::Tensor score_positions(const at::Tensor& x) const;
  /// Of rewards [B,L], those at the last tokens of ids [B,L] that are not padding: [B].
  at::Tensor at_last_tokens(const at::Tensor& rewards, const at::Tensor& ids) const;

  Config config_;
  Weights weights_;
  Compute compute_;
};

}  // namespace tess2::model
