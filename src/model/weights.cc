#include "model/weights.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>

#include "core/error.h"
#include "core/random.h"

namespace tess2::model {
namespace {

void add_layer(std::vector<WeightSlot>& slots, Layer& layer, std::size_t index,
               const Config& config) {
  const std::int64_t hidden = config.hidden_size;
  const std::int64_t inner = config.intermediate_size;
  const std::int64_t queries = config.num_attention_heads * config.head_dim;
  const std::int64_t keys = config.num_key_value_heads * config.head_dim;
  const std::string prefix = "model.layers." + std::to_string(index) + ".";
  const auto add = [&](const char* name, at::Tensor& tensor, std::vector<std::int64_t> shape) {
    slots.push_back({prefix + name, &tensor, std::move(shape)});
  };
  add("input_layernorm.weight", layer.input_norm, {hidden});
  add("self_attn.q_proj.weight", layer.q_proj, {queries, hidden});
  add("self_attn.k_proj.weight", layer.k_proj, {keys, hidden});
  add("self_attn.v_proj.weight", layer.v_proj, {keys, hidden});
  add("self_attn.o_proj.weight", layer.o_proj, {hidden, queries});
  add("post_attention_layernorm.weight", layer.post_attention_norm, {hidden});
  add("mlp.gate_proj.weight", layer.gate_proj, {inner, hidden});
  add("mlp.up_proj.weight", layer.up_proj, {inner, hidden});
  add("mlp.down_proj.weight", layer.down_proj, {hidden, inner});
}

void add_heads(std::vector<WeightSlot>& slots, Weights& weights, const Config& config) {
  if (config.kind == ModelKind::kReward) {
    slots.push_back({"score.weight", &weights.score, {1, config.hidden_size}});
    return;
  }
  if (!config.tie_word_embeddings) {
    slots.push_back({"lm_head.weight", &weights.lm_head, {config.vocab_size, config.hidden_size}});
  }
  if (config.kind == ModelKind::kDiffusion && !config.disable_timestep_embed) {
    slots.push_back({"timestep_embed.weight", &weights.timestep_embed, {config.hidden_size, 1}});
  }
}

bool is_norm(const WeightSlot& slot) {
  return slot.name.ends_with("norm.weight");
}

at::Tensor fresh_weight(const WeightSlot& slot, std::size_t index, const Config& config,
                        std::uint64_t seed) {
  if (is_norm(slot)) return at::ones(slot.shape);
  at::Tensor weight = at::empty(slot.shape);
  const std::span<float> values(weight.data_ptr<float>(), static_cast<std::size_t>(weight.numel()));
  fill_normal(values, seed, Stream::kInitialise, 0, static_cast<std::uint32_t>(index));
  return weight.mul_(config.initializer_range);
}

}  // namespace

std::vector<WeightSlot> weight_slots(Weights& weights, const Config& config) {
  Backbone& backbone = weights.backbone;
  backbone.layers.resize(static_cast<std::size_t>(config.num_hidden_layers));
  std::vector<WeightSlot> slots;
  slots.push_back(
      {"model.embed_tokens.weight", &backbone.embed, {config.vocab_size, config.hidden_size}});
  for (std::size_t i = 0; i < backbone.layers.size(); ++i) {
    add_layer(slots, backbone.layers[i], i, config);
  }
  slots.push_back({"model.norm.weight", &backbone.norm, {config.hidden_size}});
  add_heads(slots, weights, config);
  return slots;
}

std::int64_t count_parameters(const Config& config) {
  Weights none;
  std::int64_t count = 0;
  for (const WeightSlot& slot : weight_slots(none, config)) {
    count +=
        std::accumulate(slot.shape.begin(), slot.shape.end(), std::int64_t{1}, std::multiplies<>());
  }
  return count;
}

Weights make_weights(const Config& config, std::uint64_t seed) {
  Weights weights;
  const auto slots = weight_slots(weights, config);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    *slots[i].tensor = fresh_weight(slots[i], i, config, seed);
  }
  return weights;
}

at::Tensor make_weight(const Config& config, const std::string& name, std::uint64_t seed) {
  Weights none;
  const auto slots = weight_slots(none, config);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    if (slots[i].name == name) return fresh_weight(slots[i], i, config, seed);
  }
  throw Error(name + ": expected a weight of the model, found none of that name");
}

}  // namespace tess2::model
