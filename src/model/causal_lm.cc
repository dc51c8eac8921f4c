#include "model/causal_lm.h"

#include <algorithm>

#include "core/error.h"
#include "core/random.h"
#include "diffusion/cross_entropy.h"
#include "model/head_loss.h"
#include "model/transformer.h"

namespace tess2::model {
namespace {

at::Tensor as_batch(const std::vector<std::int64_t>& ids) {
  return at::tensor(ids, at::kLong).unsqueeze(0);
}

}  // namespace

CausalLM::CausalLM(Config config, Weights weights, const Compute& compute)
    : config_(std::move(config)), weights_(std::move(weights)), compute_(compute) {}

at::Tensor CausalLM::head(const at::Tensor& hidden) const {
  return linear_map(hidden, head_weight(weights_)).to(at::kFloat);
}

at::Tensor CausalLM::hidden_states(const at::Tensor& ids, KeyValueCache* cache) const {
  return run_backbone(config_, weights_.backbone, embed_tokens(weights_.backbone, ids),
                      causal_pattern(config_), cache, compute_);
}

at::Tensor CausalLM::logits(const at::Tensor& ids) const {
  return head(hidden_states(ids));
}

at::Tensor CausalLM::loss(const at::Tensor& ids, const at::Tensor& counted) const {
  const std::int64_t length = ids.size(1);
  at::Tensor predicting =
      hidden_states(ids).narrow(1, 0, length - 1).flatten(0, 1);  // [B (L-1), H]
  at::Tensor labels = ids.narrow(1, 1, length - 1).flatten();
  if (counted.defined()) {
    const at::Tensor rows = counted.narrow(1, 1, length - 1).flatten().nonzero().flatten();
    predicting = predicting.index_select(0, rows);
    labels = labels.index_select(0, rows);
  }
  const at::Tensor weights = at::full({labels.numel()}, 1.0 / static_cast<double>(labels.numel()));
  return head_cross_entropy(predicting, head_weight(weights_), labels, weights).total;
}

double CausalLM::negative_log_likelihood(const std::vector<std::int64_t>& ids,
                                         std::int64_t first) const {
  at::NoGradGuard no_grad;
  const auto length = static_cast<std::int64_t>(ids.size());
  if (first < 1 || first >= length) return 0.0;
  const at::Tensor batch = as_batch(ids);
  const at::Tensor predicting = logits(batch)[0].narrow(0, first - 1, length - first);
  return diffusion::cross_entropy(predicting, batch[0].narrow(0, first, length - first))
      .sum()
      .item<double>();
}

std::vector<std::int64_t> CausalLM::generate(
    const std::vector<std::int64_t>& prompt, const CausalGenerateSettings& settings,
    const std::function<void(std::int64_t)>& on_token) const {
  if (prompt.empty()) throw Error("empty prompt: expected at least one token");
  at::NoGradGuard no_grad;
  KeyValueCache cache(config_.num_hidden_layers);
  std::vector<std::int64_t> ids = prompt;
  at::Tensor fresh = as_batch(prompt);
  for (std::int64_t i = 0; i < settings.max_new_tokens; ++i) {
    const at::Tensor hidden = hidden_states(fresh, &cache);
    const at::Tensor last = head(hidden.narrow(1, fresh.size(1) - 1, 1)).view({1, -1});
    const double uniform =
        uniform_at(settings.seed, Stream::kGenerate, 0, static_cast<std::uint32_t>(ids.size()));
    const auto token = diffusion::project(last, settings.projection, [&](std::int64_t) {
                         return uniform;
                       }).item<std::int64_t>();
    ids.push_back(token);
    if (on_token) on_token(token);
    if (std::ranges::find(settings.stop_ids, token) != settings.stop_ids.end()) break;
    fresh = as_batch({token});
  }
  return ids;
}

}  // namespace tess2::model
