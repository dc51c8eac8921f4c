#include "model/checkpoint.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "model/adapter_files.h"
#include "tensor/runtime.h"
#include "tensor/safetensors.h"

namespace tess2::model {
namespace {

namespace fs = std::filesystem;
using tensor::shape_text;
using tensor::TensorEntry;
using tensor::TensorFolder;

/// A buffer that older exports of Llama models carry; it follows from the configuration.
bool is_derived(const std::string& name) {
  return name.ends_with("rotary_emb.inv_freq");
}

void check_entry(const TensorFolder& folder, const WeightSlot& slot) {
  const std::string expected = "a tensor of shape " + shape_text(slot.shape);
  if (!folder.has(slot.name)) {
    throw FormatError(folder.source(), slot.name, expected, "none");
  }
  const TensorEntry& entry = folder.entry(slot.name);
  const fs::path& file = folder.file_of(slot.name).path();
  if (entry.shape != slot.shape) {
    throw FormatError(file, slot.name, expected, shape_text(entry.shape));
  }
  if (!at::isFloatingType(entry.dtype)) {
    throw FormatError(file, slot.name, "floating-point numbers", tensor::dtype_name(entry.dtype));
  }
}

void refuse_unexpected(const TensorFolder& folder, const std::vector<WeightSlot>& slots) {
  std::set<std::string> known;
  for (const WeightSlot& slot : slots) known.insert(slot.name);
  for (const std::string& name : folder.names()) {
    if (known.contains(name) || is_derived(name)) continue;
    throw FormatError(folder.file_of(name).path(), name, "no such tensor in this kind of model",
                      "one of shape " + shape_text(folder.entry(name).shape));
  }
}

/// Throws FormatError unless `folder` has the tensors of `slots` and no others.
void check_entries(const TensorFolder& folder, const std::vector<WeightSlot>& slots) {
  for (const WeightSlot& slot : slots) check_entry(folder, slot);
  refuse_unexpected(folder, slots);
}

Weights read_weights(const fs::path& path, const Config& config, at::ScalarType dtype) {
  const TensorFolder folder(path);
  Weights weights;
  const auto slots = weight_slots(weights, config);
  check_entries(folder, slots);
  for (const WeightSlot& slot : slots) *slot.tensor = folder.tensor(slot.name).to(dtype);
  return weights;
}

Config read_config_of(const fs::path& folder, ModelKind kind) {
  Config config = read_config(folder / kConfigName);
  if (!config.packed_format.empty()) {
    throw FormatError(folder / kConfigName, "quantization_config",
                      "none, for this needs the weights that `tess2 quantize` was given",
                      config.packed_format);
  }
  config.kind = kind;
  return config;
}

std::vector<tensor::NamedTensor> named_tensors(const Config& config, Weights weights) {
  std::vector<tensor::NamedTensor> tensors;
  for (const WeightSlot& slot : weight_slots(weights, config)) {
    if (!slot.tensor->defined() || slot.tensor->sizes() != slot.shape) {
      throw Error(slot.name + ": expected a tensor of shape " + shape_text(slot.shape) +
                  " to save, found " +
                  (slot.tensor->defined() ? shape_text(slot.tensor->sizes().vec()) : "none"));
    }
    tensors.push_back({slot.name, *slot.tensor});
  }
  return tensors;
}

/// `rows` [n, H] with one more, their mean.
at::Tensor with_mean_row(const at::Tensor& rows) {
  return at::cat({rows, rows.mean(0, /*keepdim=*/true)});
}

/// Makes `pad_id` a row of the embedding, and of the head where there is one of its own.
void add_padding(Checkpoint& checkpoint, std::int64_t pad_id) {
  const std::int64_t before = checkpoint.config.vocab_size;
  checkpoint.config = padded_config(checkpoint.config, pad_id);
  if (checkpoint.config.vocab_size == before) return;
  Weights& weights = checkpoint.weights;
  weights.backbone.embed = with_mean_row(weights.backbone.embed);
  if (weights.lm_head.defined()) weights.lm_head = with_mean_row(weights.lm_head);
}

void check_causal(const Checkpoint& checkpoint) {
  if (checkpoint.config.kind == ModelKind::kCausal) return;
  throw Error("checkpoint: expected an autoregressive model, found another kind");
}

}  // namespace

Checkpoint load_checkpoint(const fs::path& folder, ModelKind kind, const LoadOptions& options) {
  if (is_adapter(folder)) return load_adapted(folder, kind, options);
  Checkpoint checkpoint;
  checkpoint.config = read_config_of(folder, kind);
  checkpoint.weights = read_weights(folder, checkpoint.config, options.dtype);
  return checkpoint;
}

Config check_checkpoint(const fs::path& folder, ModelKind kind) {
  if (is_adapter(folder)) return load_adapted(folder, kind, {}).config;
  const Config config = read_config_of(folder, kind);
  Weights none;
  check_entries(TensorFolder(folder), weight_slots(none, config));
  return config;
}

void write_checkpoint(const fs::path& folder, const Config& config, const Weights& weights,
                      const SaveOptions& options) {
  check_config(config, folder / kConfigName);
  if (weights.backbone.adapters) return write_adapter(folder, config, weights);
  const auto tensors = named_tensors(config, weights);
  Config described = config;
  described.dtype = tensor::float_dtype_name(options.dtype);
  write_config(described, folder / kConfigName);
  tensor::write_tensor_folder(folder, tensors, {options.dtype, options.max_shard_bytes});
}

void save_checkpoint(const fs::path& folder, const Config& config, const Weights& weights,
                     const SaveOptions& options, const ExtraFiles& extra_files) {
  check_config(config, folder / kConfigName);
  check_can_save(folder);
  named_tensors(config, weights);  // throws before anything is made
  write_folder_atomically(folder, [&](const fs::path& aside) {
    write_checkpoint(aside, config, weights, options);
    if (extra_files) extra_files(aside);
  });
}

void check_can_save(const fs::path& folder) {
  std::error_code problem;
  if (!fs::exists(folder, problem)) return;
  if (!fs::is_directory(folder, problem)) {
    throw FileError(folder, "expected a free name or a checkpoint's folder, found a file");
  }
  if (fs::is_empty(folder, problem)) return;
  if (!fs::exists(folder / kConfigName, problem)) {
    throw FileError(folder,
                    "expected a free name or a checkpoint's folder, found a folder without "
                    "config.json, which saving would delete");
  }
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (!entry.is_directory(problem)) continue;
    throw FileError(folder, "expected a checkpoint's folder without folders inside, found " +
                                entry.path().filename().string() + ", which saving would delete");
  }
}

void check_vocabulary(const Config& config, std::int64_t tokenizer_size, const fs::path& folder) {
  if (tokenizer_size == config.vocab_size) return;
  throw FormatError(folder / kConfigName, "vocab_size",
                    std::to_string(tokenizer_size) + ", the size of the tokenizer",
                    std::to_string(config.vocab_size));
}

Config padded_config(const Config& causal, std::int64_t pad_id) {
  if (pad_id < 0 || pad_id > causal.vocab_size) {
    throw Error("padding id: expected 0 to " + std::to_string(causal.vocab_size) +
                " (the first free id), found " + std::to_string(pad_id));
  }
  Config config = causal;
  config.pad_token_id = pad_id;
  config.vocab_size = std::max(config.vocab_size, pad_id + 1);
  return config;
}

Config diffusion_config(const Config& causal, std::int64_t pad_id) {
  Config config = padded_config(causal, pad_id);
  config.kind = ModelKind::kDiffusion;
  config.tie_word_embeddings = false;
  config.self_condition = true;
  config.is_causal = false;
  config.mask_padding_in_loss = false;
  config.disable_timestep_embed = false;
  return config;
}

Config reward_config(const Config& causal, std::int64_t pad_id) {
  Config config = padded_config(causal, pad_id);
  config.kind = ModelKind::kReward;
  return config;
}

Checkpoint diffusion_from_causal(const Checkpoint& causal, std::int64_t pad_id,
                                 std::uint64_t seed) {
  check_causal(causal);
  Checkpoint result = causal;
  Weights& weights = result.weights;
  add_padding(result, pad_id);
  if (!weights.lm_head.defined()) weights.lm_head = weights.backbone.embed.clone();
  result.config = diffusion_config(result.config, pad_id);
  weights.timestep_embed = make_weight(result.config, "timestep_embed.weight", seed);
  return result;
}

Checkpoint reward_from_causal(const Checkpoint& causal, std::int64_t pad_id, std::uint64_t seed) {
  check_causal(causal);
  Checkpoint result = causal;
  add_padding(result, pad_id);
  result.config = reward_config(result.config, pad_id);
  result.weights.lm_head = at::Tensor();
  result.weights.score = make_weight(result.config, "score.weight", seed);
  return result;
}

Checkpoint causal_with_pad(const Checkpoint& causal, std::int64_t pad_id) {
  check_causal(causal);
  Checkpoint result = causal;
  add_padding(result, pad_id);
  return result;
}

}  // namespace tess2::model
