// The weights of a model as typed tensors, and the one list of their names and shapes.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/config.h"

namespace tess2::model {

struct Adapters;

/// Weights of a block, whose linear maps are kept as `Linear` (a tensor, or what an engine makes of
/// it). Linear maps are [out, in]: y = x W^T. With D = head_dim, A = attention heads, K = key-value
/// heads, F = intermediate size:
template <class Linear>
struct LayerOf {
  at::Tensor input_norm;           ///< [H]
  Linear q_proj;                   ///< [A D, H]
  Linear k_proj;                   ///< [K D, H]
  Linear v_proj;                   ///< [K D, H]
  Linear o_proj;                   ///< [H, A D]
  at::Tensor post_attention_norm;  ///< [H]
  Linear gate_proj;                ///< [F, H]
  Linear up_proj;                  ///< [F, H]
  Linear down_proj;                ///< [H, F]
};

template <class Linear>
struct BackboneOf {
  at::Tensor embed;  ///< E [V, H]
  std::vector<LayerOf<Linear>> layers;
  at::Tensor norm;  ///< [H]
  /// Low-rank updates that are trained instead of the linear maps (model/lora.h); null: none.
  std::shared_ptr<Adapters> adapters = nullptr;
};

/// Copies share the tensors.
template <class Linear>
struct WeightsOf {
  BackboneOf<Linear> backbone;
  Linear lm_head;             ///< [V, H]; undefined where tied to E, and in a reward model
  at::Tensor timestep_embed;  ///< tau [H, 1] (section 2); undefined outside diffusion models
  at::Tensor score;           ///< [1, H] (section 5); undefined outside reward models
};

using Layer = LayerOf<at::Tensor>;
using Backbone = BackboneOf<at::Tensor>;
using Weights = WeightsOf<at::Tensor>;

/// Calls visit(name, member, shape) for every weight that a model of `config` (its kind included)
/// has, in a fixed order: its Hugging Face name, its place in `weights` (a tensor or a `Linear`)
/// and the shape it must have. `weights.backbone.layers` is brought to the right number.
template <class Linear, class Visit>
void visit_weights(WeightsOf<Linear>& weights, const Config& config, const Visit& visit) {
  using Shape = std::vector<std::int64_t>;
  const std::int64_t hidden = config.hidden_size;
  const std::int64_t inner = config.intermediate_size;
  const std::int64_t queries = config.num_attention_heads * config.head_dim;
  const std::int64_t keys = config.num_key_value_heads * config.head_dim;
  const Shape table{config.vocab_size, hidden};
  BackboneOf<Linear>& backbone = weights.backbone;
  backbone.layers.resize(static_cast<std::size_t>(config.num_hidden_layers));
  visit("model.embed_tokens.weight", backbone.embed, table);
  for (std::size_t i = 0; i < backbone.layers.size(); ++i) {
    LayerOf<Linear>& layer = backbone.layers[i];
    const std::string prefix = "model.layers." + std::to_string(i) + ".";
    visit(prefix + "input_layernorm.weight", layer.input_norm, Shape{hidden});
    visit(prefix + "self_attn.q_proj.weight", layer.q_proj, Shape{queries, hidden});
    visit(prefix + "self_attn.k_proj.weight", layer.k_proj, Shape{keys, hidden});
    visit(prefix + "self_attn.v_proj.weight", layer.v_proj, Shape{keys, hidden});
    visit(prefix + "self_attn.o_proj.weight", layer.o_proj, Shape{hidden, queries});
    visit(prefix + "post_attention_layernorm.weight", layer.post_attention_norm, Shape{hidden});
    visit(prefix + "mlp.gate_proj.weight", layer.gate_proj, Shape{inner, hidden});
    visit(prefix + "mlp.up_proj.weight", layer.up_proj, Shape{inner, hidden});
    visit(prefix + "mlp.down_proj.weight", layer.down_proj, Shape{hidden, inner});
  }
  visit("model.norm.weight", backbone.norm, Shape{hidden});
  if (config.kind == ModelKind::kReward) {
    return visit("score.weight", weights.score, Shape{1, hidden});
  }
  if (!config.tie_word_embeddings) visit("lm_head.weight", weights.lm_head, table);
  if (config.kind == ModelKind::kDiffusion && !config.disable_timestep_embed) {
    visit("timestep_embed.weight", weights.timestep_embed, Shape{hidden, 1});
  }
}

/// A tensor's place in `Weights`, its Hugging Face name and the shape it must have.
struct WeightSlot {
  std::string name;
  at::Tensor* tensor;
  std::vector<std::int64_t> shape;
};

/// The places of all weights that a model of `config` (its kind included) has, in a fixed order.
/// `weights.backbone.layers` is brought to the right number. The pointers live as long as it stays.
std::vector<WeightSlot> weight_slots(Weights& weights, const Config& config);

/// Calls visit(name, tensor) for every weight, in the order of `weight_slots`; the tensor may be
/// replaced.
template <class Visitor>
void for_each_parameter(Weights& weights, const Config& config, Visitor&& visit) {
  for (const WeightSlot& slot : weight_slots(weights, config)) visit(slot.name, *slot.tensor);
}

/// Number of weights (scalars) of a model of `config`.
std::int64_t count_parameters(const Config& config);

/// Fresh float32 weights: norms are 1, all others normal with deviation `initializer_range`, a
/// function of (seed, index of the tensor in `weight_slots`, place in the tensor) alone.
Weights make_weights(const Config& config, std::uint64_t seed);

/// A fresh weight by itself, as `make_weights` would give it. Throws Error for an unknown name.
at::Tensor make_weight(const Config& config, const std::string& name, std::uint64_t seed);

/// The matrix [V, H] that maps hidden states to logits: the head, or E where they are tied.
inline const at::Tensor& head_weight(const Weights& weights) {
  return weights.lm_head.defined() ? weights.lm_head : weights.backbone.embed;
}

}  // namespace tess2::model
