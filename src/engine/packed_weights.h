// The weights of a diffusion model as the packed engine keeps them.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/packed_matrix.h"
#include "model/config.h"
#include "model/weights.h"

namespace tess2::engine {

/// `weights.backbone.embed` is E [V, H] in bfloat16, of which single rows are read; norms and
/// `timestep_embed` are float32. The matrices of the blocks are in the format asked for; those of
/// vocabulary size have at least 8 bits.
struct PackedWeights {
  model::WeightsOf<PackedMatrix> weights;
  /// E^T: the linear map [H, V] from distributions over tokens to their mean embeddings.
  PackedMatrix mix;
};

/// A matrix of a packed model and where it comes from.
struct MatrixSlot {
  std::string name;    ///< its own
  std::string source;  ///< of the tensor it is made from
  bool transposed;     ///< the tensor's transpose is packed
  std::int64_t outputs;
  std::int64_t inputs;
  WeightFormat format;
  PackedMatrix* matrix;
};

/// A tensor that is only rounded.
struct PlainSlot {
  std::string name;
  at::ScalarType dtype;
  std::vector<std::int64_t> shape;
  at::Tensor* tensor;
};

struct PackedSlots {
  std::vector<MatrixSlot> matrices;
  std::vector<PlainSlot> tensors;
};

/// The places of everything a packed model of `config` has, in a fixed order; they point into
/// `packed`, whose layers are brought to the right number.
PackedSlots packed_slots(PackedWeights& packed, const model::Config& config, WeightFormat format);

/// The tensor of a model by its Hugging Face name.
using TensorSource = std::function<at::Tensor(const std::string& name)>;

/// Packs a whole model in memory, one tensor of `source` after the other.
PackedWeights pack_weights(const model::Config& config, WeightFormat format,
                           const TensorSource& source);

/// The tensors of `weights` by name.
TensorSource source_of(const model::Config& config, model::Weights weights);

/// Bytes of the packed weights of a model.
std::int64_t packed_bytes(const model::Config& config, WeightFormat format);

}  // namespace tess2::engine
