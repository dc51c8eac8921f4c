// The weights of a model as typed tensors, and the one list of their names and shapes.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.h"

namespace tess2::model {

/// Weights of a block. Linear maps are [out, in]: y = x W^T. With D = head_dim, A = attention
/// heads, K = key-value heads, F = intermediate size:
struct Layer {
  at::Tensor input_norm;           ///< [H]
  at::Tensor q_proj;               ///< [A D, H]
  at::Tensor k_proj;               ///< [K D, H]
  at::Tensor v_proj;               ///< [K D, H]
  at::Tensor o_proj;               ///< [H, A D]
  at::Tensor post_attention_norm;  ///< [H]
  at::Tensor gate_proj;            ///< [F, H]
  at::Tensor up_proj;              ///< [F, H]
  at::Tensor down_proj;            ///< [H, F]
};

struct Backbone {
  at::Tensor embed;  ///< E [V, H]
  std::vector<Layer> layers;
  at::Tensor norm;  ///< [H]
};

/// Copies share the tensors.
struct Weights {
  Backbone backbone;
  at::Tensor lm_head;         ///< [V, H]; undefined where tied to E, and in a reward model
  at::Tensor timestep_embed;  ///< tau [H, 1] (section 2); undefined outside diffusion models
  at::Tensor score;           ///< [1, H] (section 5); undefined outside reward models
};

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
