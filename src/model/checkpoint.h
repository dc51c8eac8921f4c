// Models in Hugging Face folders, and the steps from one kind of model to another (section 6).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <functional>

#include "model/config.h"
#include "model/weights.h"

namespace tess2::model {

/// The file of a checkpoint's folder that says what it is.
inline constexpr const char* kConfigName = "config.json";

/// A model at rest. `config.kind` says which heads `weights` has. Copies share the tensors.
struct Checkpoint {
  Config config;
  Weights weights;
};

struct LoadOptions {
  /// The tensors' dtype after loading. Those stored in it stay memory-mapped.
  at::ScalarType dtype = at::kFloat;
};

/// Reads `config.json` and the tensors as a model of this kind; of an adapter's folder, its base
/// with the adapter merged in (model/adapter_files.h). Throws FileError, or FormatError
/// for a configuration that does not hold, for packed weights (engine/packed_checkpoint.h), and for
/// a missing, mis-shaped or unexpected tensor.
Checkpoint load_checkpoint(const std::filesystem::path& folder, ModelKind kind,
                           const LoadOptions& options = {});

/// The configuration of the model in `folder`, whose tensors are all there as it says. Reads no
/// weights, but for an adapter's. Throws as load_checkpoint.
Config check_checkpoint(const std::filesystem::path& folder, ModelKind kind);

struct SaveOptions {
  /// The dtype on disk: float32, bfloat16 or float16.
  at::ScalarType dtype = at::kFloat;
  /// Bytes of tensor data a file holds at most.
  std::int64_t max_shard_bytes = 5'000'000'000;
};

/// Writes whatever else belongs into a checkpoint (tokenizer, training state) into the new folder
/// before it takes its name.
using ExtraFiles = std::function<void(const std::filesystem::path& aside)>;

/// Writes `config.json` and the tensors into an existing folder; of weights with adapters, these
/// alone in float32 (model/adapter_files.h). Each file is atomic, the set is
/// not: build the folder aside. Throws FileError for a full disk.
void write_checkpoint(const std::filesystem::path& folder, const Config& config,
                      const Weights& weights, const SaveOptions& options = {});

/// Writes a folder that appears complete or not at all, in place of an older checkpoint of that
/// name. Throws what `check_can_save` throws, and FileError for a full disk.
void save_checkpoint(const std::filesystem::path& folder, const Config& config,
                     const Weights& weights, const SaveOptions& options = {},
                     const ExtraFiles& extra_files = {});

/// Throws FileError where saving to `folder` would destroy something else than a checkpoint: the
/// name must be free, an empty folder, or a folder with a config.json and no folders inside. Call
/// it before long work.
void check_can_save(const std::filesystem::path& folder);

/// Throws FormatError where a tokenizer of `tokenizer_size` ids does not fit the model in `folder`.
void check_vocabulary(const Config& config, std::int64_t tokenizer_size,
                      const std::filesystem::path& folder);

/// The configurations that the three functions below give a model, without its weights. Throw Error
/// where `pad_id` is beyond the first free id.
Config diffusion_config(const Config& causal, std::int64_t pad_id);
Config reward_config(const Config& causal, std::int64_t pad_id);
Config padded_config(const Config& causal, std::int64_t pad_id);

/// Adaptation's start (section 6): the autoregressive model with a fresh `timestep_embed`,
/// an untied head (a copy of E where it was tied) and, where `pad_id` is the first free id, a [PAD]
/// row in E and head that is the mean of the other rows. The other tensors are shared. Throws Error
/// where `pad_id` is beyond that.
Checkpoint diffusion_from_causal(const Checkpoint& causal, std::int64_t pad_id, std::uint64_t seed);

/// A reward model's start (section 5): the autoregressive backbone with a fresh scalar head, and
/// the [PAD] row as above.
Checkpoint reward_from_causal(const Checkpoint& causal, std::int64_t pad_id, std::uint64_t seed);

/// The autoregressive model with the [PAD] row as above, for tuning on padded dialogues.
Checkpoint causal_with_pad(const Checkpoint& causal, std::int64_t pad_id);

}  // namespace tess2::model
