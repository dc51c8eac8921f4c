// Packed models at rest: a checkpoint folder whose config.json says `quantization_config`
// {"quant_method": "tess2", "format": "bf16" | "q8" | "q4"} and whose model.safetensors holds
//
//   every matrix NAME       its values as NAME, and NAME.scales, NAME.sums, NAME.ratios where the
//                           format has them, in the layouts of engine/packed_matrix.h
//   model.embed_tokens.mix  E^T as such a matrix
//   model.embed_tokens.weight  E [V, H], bfloat16
//   norms, timestep_embed   float32
//
// with the names of the model it was made from. The data begins on a cache line, and what is read
// at inference is the memory map itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "engine/packed_weights.h"
#include "model/checkpoint.h"

namespace tess2::engine {

/// Told how many of `packed_tensors` are written.
using PackProgress = std::function<void(std::int64_t done)>;

/// How many matrices and tensors a packed model has.
std::int64_t packed_tensors(const model::Config& config);

/// Writes a packed checkpoint, one tensor of `source` in memory at a time; `extra_files` adds the
/// tokenizer. The folder appears complete or not at all. Throws what model::check_can_save throws,
/// and FileError for a full disk.
void write_packed_checkpoint(const std::filesystem::path& folder, const model::Config& config,
                             WeightFormat format, const TensorSource& source,
                             const model::ExtraFiles& extra_files, const PackProgress& progress);

/// The format that `config` says. Throws FormatError naming `folder`'s config.json where this
/// program knows none of that name.
WeightFormat packed_format(const model::Config& config, const std::filesystem::path& folder);

/// Maps the weights of a packed checkpoint into memory. Throws FileError or FormatError: another
/// format, a missing, mis-shaped or unexpected tensor, a truncated file.
PackedWeights load_packed_weights(const std::filesystem::path& folder, const model::Config& config);

}  // namespace tess2::engine
