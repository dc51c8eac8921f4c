// Models small enough to be trained inside a test.
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "model/weights.h"
#include "tensor/safetensors.h"

namespace tess2::train::test {

inline constexpr std::int64_t kVocab = 16;
inline constexpr std::int64_t kPad = 15;

/// V = 16 (the last one padding), H = 32, two layers of four heads over two key-value heads.
inline model::Config tiny_config(model::ModelKind kind) {
  model::Config config;
  config.kind = kind;
  config.vocab_size = kVocab;
  config.hidden_size = 32;
  config.intermediate_size = 48;
  config.num_hidden_layers = 2;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 8;
  config.initializer_range = 0.1;
  config.pad_token_id = kPad;
  config.self_condition = true;
  return config;
}

/// A diffusion model whose weights are several units for ranks to share (train/sharing.h).
inline model::Config shared_config() {
  model::Config config = tiny_config(model::ModelKind::kDiffusion);
  config.hidden_size = 64;
  config.intermediate_size = 144;
  config.head_dim = 16;
  return config;
}

/// Weights with gradients on, and the list of them that an optimiser takes.
struct TrainableWeights {
  explicit TrainableWeights(const model::Config& config, std::uint64_t seed = 1)
      : weights(model::make_weights(config, seed)) {
    model::for_each_parameter(weights, config, [&](const std::string& name, at::Tensor& weight) {
      weight.requires_grad_(true);
      list.push_back({name, weight});
    });
  }

  model::Weights weights;
  std::vector<tensor::NamedTensor> list;
};

}  // namespace tess2::train::test
