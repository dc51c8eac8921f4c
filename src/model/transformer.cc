#include "model/transformer.h"

#include <string>

#include "core/error.h"

namespace tess2::model {
namespace {

at::Tensor self_attention(const Config& config, const Layer& layer, const at::Tensor& x,
                          const RotaryTable& rotary, const AttentionPattern& pattern,
                          std::size_t index, KeyValueCache* cache) {
  const at::Tensor q = rotate(linear_map(x, layer.q_proj), rotary);
  at::Tensor k = rotate(linear_map(x, layer.k_proj), rotary);
  at::Tensor v = linear_map(x, layer.v_proj);
  if (cache) cache->extend(index, k, v);
  return linear_map(attention(q, k, v, config.head_dim, pattern), layer.o_proj);
}

at::Tensor feed_forward(const Layer& layer, const at::Tensor& x) {
  return linear_map(swiglu(linear_map(x, layer.gate_proj), linear_map(x, layer.up_proj)),
                    layer.down_proj);
}

}  // namespace

std::int64_t KeyValueCache::length() const {
  return layers_.empty() || !layers_[0].keys.defined() ? 0 : layers_[0].keys.size(1);
}

void KeyValueCache::extend(std::size_t layer, at::Tensor& keys, at::Tensor& values) {
  LayerCache& kept = layers_.at(layer);
  if (kept.keys.defined()) {
    keys = at::cat({kept.keys, keys}, 1);
    values = at::cat({kept.values, values}, 1);
  }
  kept = {keys, values};
}

at::Tensor run_backbone(const Config& config, const Backbone& backbone, const at::Tensor& x,
                        const AttentionPattern& pattern, KeyValueCache* cache) {
  const RotaryTable rotary = make_rotary_table(cache ? cache->length() : 0, x.size(1),
                                               config.head_dim, config.rope_theta, x.device());
  at::Tensor hidden = x;
  for (std::size_t i = 0; i < backbone.layers.size(); ++i) {
    const Layer& layer = backbone.layers[i];
    const at::Tensor normed = rms_norm(hidden, layer.input_norm, config.rms_norm_eps);
    hidden = hidden + self_attention(config, layer, normed, rotary, pattern, i, cache);
    hidden = hidden +
             feed_forward(layer, rms_norm(hidden, layer.post_attention_norm, config.rms_norm_eps));
  }
  return rms_norm(hidden, backbone.norm, config.rms_norm_eps);
}

AttentionPattern bidirectional_pattern(const Config& config) {
  return {false, config.sliding_window.value_or(0)};
}

AttentionPattern causal_pattern(const Config& config) {
  return {true, config.sliding_window.value_or(0)};
}

at::Tensor embed_tokens(const Backbone& backbone, const at::Tensor& ids) {
  const std::int64_t vocab = backbone.embed.size(0);
  const at::Tensor outside = ids.masked_select(ids.lt(0).logical_or(ids.ge(vocab)));
  if (outside.numel() > 0) {
    throw Error("token ids: expected 0 to " + std::to_string(vocab - 1) + ", found " +
                std::to_string(outside[0].item<std::int64_t>()));
  }
  return at::embedding(backbone.embed, ids);
}

}  // namespace tess2::model
