// Low-rank adapters (LoRA): what is trained beside a linear map that stays as it is.
//
//   y = x W^T + s drop(x) A^T B^T       A [r, in], B [out, r], s = alpha / r
//
// B begins as zeros, so training begins at the model that W alone is. drop leaves out each number
// with a chance p and divides the others by 1 - p; it works in passes that are differentiated and
// nowhere else: neither in validation and inference, nor in the prediction without gradient that
// self-conditioning makes first (section 3).
#pragma once

#include <ATen/ATen.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.h"
#include "model/weights.h"

namespace tess2::model {

/// What adapters are like: the keys of PEFT's adapter_config.json that decide it.
struct LoraConfig {
  std::int64_t rank = 8;    ///< r
  double alpha = 16.0;      ///< the scale is alpha / r
  double dropout = 0.0;     ///< p, in [0, 1)
  bool root_scale = false;  ///< the scale is alpha / sqrt(r) (`use_rslora`)
  /// Linear maps that have an adapter, by the ends of their names: `q_proj`, `mlp.up_proj`.
  std::vector<std::string> targets = {};
  /// Weights that are stored whole beside the adapters, by the ends of their names:
  /// `timestep_embed`.
  std::vector<std::string> modules_to_save = {};
  /// Folder of the model that is adapted.
  std::string base = {};

  double scale() const;
};

/// The adapter of one linear map; undefined where it has none.
struct LoraAdapter {
  at::Tensor a;             ///< [r, in]
  at::Tensor b;             ///< [out, r]
  std::uint32_t place = 0;  ///< of the map among the model's weights

  bool defined() const { return a.defined(); }
};

/// The adapters of a model, and where the training that they are in stands.
struct Adapters {
  LoraConfig config;
  WeightsOf<LoraAdapter> maps;
  std::uint64_t seed = 0;  ///< of dropout
  /// Number of the first sequence of the batch that is being read, counted over the training: what
  /// is dropped is a function of (seed, sequence, position, map, place in the vector).
  std::int64_t first_sequence = 0;
};

/// Whether the module `name` (`model.layers.0.self_attn.q_proj`) is `wanted` or ends with it, whole
/// parts compared.
bool is_module(std::string_view name, std::string_view wanted);

/// A weight's name without `.weight` at its end.
std::string module_of(std::string_view weight);

/// Whether the weight is one of `modules_to_save`.
bool is_saved_whole(std::string_view weight, const LoraConfig& config);

/// The names of the linear maps in the blocks of a model, all of which may be `targets`.
std::vector<std::string> block_maps(const Config& config);

/// Adapters for the blocks' maps whose matrices are still to be filled in. Throws UsageError naming
/// a target that is none of the blocks' maps.
Adapters place_adapters(const Config& config, const LoraConfig& lora);

/// Fresh adapters for the blocks' maps: A is normal with deviation 1 / sqrt(3 in), a function of
/// (seed, map) alone, B zero. Throws as place_adapters.
Adapters make_adapters(const Config& config, const LoraConfig& lora, std::uint64_t seed);

/// A and B of every map that has an adapter, with their names in PEFT's form
/// (`base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight`) and shapes.
std::vector<WeightSlot> adapter_slots(Adapters& adapters, const Config& config);

/// The name that PEFT gives the weight `name` in an adapter's file.
std::string peft_name(std::string_view name);

/// Says which sequence of the training comes first in the batches read from now on; nothing where
/// the weights have no adapters.
void begin_sequences(const Weights& weights, std::int64_t first);

/// Adds s B A to the maps' weights, in float32, as new tensors of the old dtype.
void merge_adapters(Weights& weights, Adapters& adapters, const Config& config);

/// A linear map as one run over some positions applies it.
struct AdaptedLinear {
  at::Tensor weight;
  LoraAdapter adapter = {};
  const Adapters* all = nullptr;  ///< where it has an adapter
  bool is_training = false;       ///< whether to drop
};

/// The maps of block `i`. `is_training`: whether the run is differentiated.
LayerOf<AdaptedLinear> adapted_layer(const Backbone& backbone, std::size_t i, bool is_training);

/// y of above: x [B, L, in], result [B, L, out]. Differentiable.
at::Tensor adapted_linear(const at::Tensor& x, const AdaptedLinear& map);

/// hidden + y, in hidden's type. Differentiable.
at::Tensor add_adapted_linear(const at::Tensor& hidden, const at::Tensor& x,
                              const AdaptedLinear& map);

/// What is left of x [B, L, n] in the map at `place`, of the sequences from `first_sequence` on.
/// Differentiable.
at::Tensor drop(const at::Tensor& x, const Adapters& adapters, std::uint32_t place);

}  // namespace tess2::model
