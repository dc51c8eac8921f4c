// The one backbone (section 2): a decoder-only transformer in Mistral's and Llama's form.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "model/config.h"
#include "model/ops.h"
#include "model/weights.h"

namespace tess2::model {

/// Keys and values of the positions seen so far, so that generation runs each new token alone.
class KeyValueCache {
 public:
  explicit KeyValueCache(std::int64_t layers) : layers_(static_cast<std::size_t>(layers)) {}

  /// Positions kept.
  std::int64_t length() const;
  /// Appends keys and values [B, L, kv_heads * head_dim] of a layer and replaces them by all so
  /// far.
  void extend(std::size_t layer, at::Tensor& keys, at::Tensor& values);

 private:
  struct LayerCache {
    at::Tensor keys;
    at::Tensor values;
  };
  std::vector<LayerCache> layers_;
};

/// How the backbone computes. The weights are float32, and so is the sum that runs through the
/// blocks, whatever the type.
struct Compute {
  /// Of activations and products: float32 or bfloat16 (model/ops.h).
  at::ScalarType type = at::kFloat;
  /// Keeps the input of each block alone for the backward pass, which makes the rest again.
  bool checkpointing = false;
};

/// Hidden states [B,L,H] after the last norm in the type of `compute`, from input vectors x [B,L,H]
/// float32. With a cache, x are the positions after those kept there. Differentiable.
at::Tensor run_backbone(const Config& config, const Backbone& backbone, const at::Tensor& x,
                        const AttentionPattern& pattern, KeyValueCache* cache = nullptr,
                        const Compute& compute = {});

/// Every position sees every other, within the sliding window (section 2).
AttentionPattern bidirectional_pattern(const Config& config);
/// Every position sees itself and those before, within the sliding window.
AttentionPattern causal_pattern(const Config& config);

/// E[ids]: [B,L,H] from ids [B,L] int64. Throws Error for an id outside the vocabulary.
at::Tensor embed_tokens(const Backbone& backbone, const at::Tensor& ids);

}  // namespace tess2::model
