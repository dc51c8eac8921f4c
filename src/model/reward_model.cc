#include "model/reward_model.h"

#include "core/error.h"
#include "model/transformer.h"

namespace tess2::model {

RewardModel::RewardModel(Config config, Weights weights, const Compute& compute)
    : config_(std::move(config)), weights_(std::move(weights)), compute_(compute) {
  if (!weights_.score.defined()) {
    throw Error("reward model: expected the weight score.weight, found none");
  }
}

at::Tensor RewardModel::score_positions(const at::Tensor& x) const {
  const at::Tensor hidden =
      run_backbone(config_, weights_.backbone, x, causal_pattern(config_), nullptr, compute_);
  return linear_map(hidden, weights_.score).squeeze(2).to(at::kFloat);
}

at::Tensor RewardModel::at_last_tokens(const at::Tensor& rewards, const at::Tensor& ids) const {
  if (!config_.pad_token_id) return rewards.select(1, ids.size(1) - 1);
  const at::Tensor positions = at::arange(ids.size(1), at::kLong).expand_as(ids);
  const at::Tensor last =
      positions.masked_fill(ids.eq(*config_.pad_token_id), 0).amax(1, /*keepdim=*/true);
  return rewards.gather(1, last).squeeze(1);
}

at::Tensor RewardModel::score(const at::Tensor& ids) const {
  return at_last_tokens(score_positions(embed_tokens(weights_.backbone, ids)), ids);
}

at::Tensor RewardModel::score(const diffusion::Canvas& canvas,
                              const diffusion::NoisySimplex& simplex) const {
  const at::Tensor clean = embed_tokens(weights_.backbone, canvas.ids());  // [B,L,H]
  at::Tensor noisy;                                                        // [N,H]
  {
    at::NoGradGuard no_grad;
    noisy = diffusion::mix_embedding(simplex, diffusion::SelfConditioning::kNone, {},
                                     weights_.backbone.embed, 0, canvas.row_count());
  }
  const at::Tensor x = clean.flatten(0, 1).index_copy(0, canvas.row_places(), noisy);
  return at_last_tokens(score_positions(x.view_as(clean)), canvas.ids());
}

at::Tensor RewardModel::pair_loss(const at::Tensor& chosen, const at::Tensor& rejected) const {
  return -at::log_sigmoid(score(chosen) - score(rejected)).mean();
}

at::Tensor RewardModel::reward(const diffusion::Canvas& canvas, std::int64_t b,
                               const at::Tensor& weights) {
  const at::Tensor clean =
      embed_tokens(weights_.backbone, canvas.ids().narrow(0, b, 1));  // [1,L,H]
  const std::int64_t begin = canvas.row_begin(b);
  const at::Tensor places =
      canvas.row_places().narrow(0, begin, canvas.row_begin(b + 1) - begin) - b * canvas.length();
  const at::Tensor soft = at::mm(weights, weights_.backbone.embed);  // [n,H]
  const at::Tensor written = clean.flatten(0, 1).index_copy(0, places, soft);
  const at::Tensor in_span = canvas.span_mask().narrow(0, b, 1).unsqueeze(2);
  const at::Tensor x = at::where(in_span, written.view_as(clean), clean);
  return score_positions(x).select(1, canvas.length() - 1).squeeze(0);
}

}  // namespace tess2::model
