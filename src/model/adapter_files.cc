#include "model/adapter_files.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/nearest.h"
#include "tensor/json.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_names.h"

namespace tess2::model {
namespace {

namespace fs = std::filesystem;
using tensor::SafetensorsFile;
using tensor::shape_text;

constexpr const char* kBaseKey = "base_model_name_or_path";
/// Adapters on adapters: more are a circle.
constexpr std::size_t kLongestChain = 16;

bool is_there(const fs::path& file) {
  std::error_code problem;
  return fs::exists(file, problem);
}

AdapterDescription read_description(const fs::path& folder) {
  const fs::path file = folder / kAdapterConfigName;
  return parse_adapter_config(read_text_file(file), file);
}

fs::path base_of(const fs::path& folder) {
  const std::string base = read_description(folder).lora.base;
  for (const fs::path& place : {folder / base, fs::path(base)}) {
    std::error_code problem;
    if (!base.empty() && fs::is_directory(place, problem)) return place;
  }
  throw FormatError(folder / kAdapterConfigName, kBaseKey, "the folder of a model",
                    base.empty() ? "none" : base);
}

/// The places that an adapter's file fills, by name: in `adapters`, which are made, and `weights`.
std::vector<WeightSlot> slots_of(const SafetensorsFile& file, const AdapterDescription& description,
                                 const fs::path& config_file, Weights& weights, Adapters& adapters,
                                 const Config& config) {
  LoraConfig wanted = description.lora;
  if (!description.names_all) {
    // The file says it: each map that has an A.
    wanted.targets.clear();
    for (const std::string& map : block_maps(config)) {
      if (file.has(peft_name(map) + ".lora_A.weight")) wanted.targets.push_back(map);
    }
  }
  try {
    adapters = place_adapters(config, wanted);
  } catch (const UsageError&) {
    throw FormatError(config_file, "target_modules", "linear maps of the blocks: q_proj, ...",
                      tensor::json_text(nlohmann::json(wanted.targets)));
  }
  std::vector<WeightSlot> slots = adapter_slots(adapters, config);
  for (WeightSlot& slot : weight_slots(weights, config)) {
    const bool listed = is_saved_whole(slot.name, description.lora) || !slot.tensor->defined();
    slot.name = peft_name(slot.name);
    if (listed || file.has(slot.name)) slots.push_back(std::move(slot));
  }
  return slots;
}

void refuse_unknown(const SafetensorsFile& file, const std::vector<WeightSlot>& slots) {
  std::vector<std::string> known;
  for (const WeightSlot& slot : slots) known.push_back(slot.name);
  for (const std::string& name : file.names()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    throw FormatError(file.path(), name, "a tensor of this adapter" + nearest_hint(name, known),
                      "one of shape " + shape_text(file.entry(name).shape));
  }
}

at::Tensor read_slot(const SafetensorsFile& file, const WeightSlot& slot) {
  const std::string expected = "a tensor of shape " + shape_text(slot.shape);
  if (!file.has(slot.name)) throw FormatError(file.path(), slot.name, expected, "none");
  const tensor::TensorEntry& entry = file.entry(slot.name);
  if (entry.shape != slot.shape) {
    throw FormatError(file.path(), slot.name, expected, shape_text(entry.shape));
  }
  if (!at::isFloatingType(entry.dtype)) {
    throw FormatError(file.path(), slot.name, "floating-point numbers",
                      tensor::dtype_name(entry.dtype));
  }
  return file.tensor(slot.name);
}

/// Puts what the adapter of `folder` holds onto the model that it was trained on.
void apply(const fs::path& folder, Checkpoint& checkpoint, at::ScalarType dtype) {
  const SafetensorsFile file(folder / tensor::kAdapterName);
  Adapters adapters;
  const auto slots = slots_of(file, read_description(folder), folder / kAdapterConfigName,
                              checkpoint.weights, adapters, checkpoint.config);
  refuse_unknown(file, slots);
  for (const WeightSlot& slot : slots) *slot.tensor = read_slot(file, slot).to(dtype);
  merge_adapters(checkpoint.weights, adapters, checkpoint.config);
}

void check_shapes(Checkpoint& checkpoint, const fs::path& file) {
  for (const WeightSlot& slot : weight_slots(checkpoint.weights, checkpoint.config)) {
    if (!slot.tensor->defined() || slot.tensor->sizes() == slot.shape) continue;
    throw FormatError(file, kBaseKey,
                      "a model whose " + slot.name + " has the shape " + shape_text(slot.shape),
                      shape_text(slot.tensor->sizes()));
  }
}

/// The model that `config` describes as it was before the adapter was trained. Weights that the
/// base does not determine are left undefined.
Checkpoint start_of(const Checkpoint& base, const Config& config, const fs::path& file) {
  Checkpoint start = base;
  if (base.config.kind == ModelKind::kCausal && config.kind == ModelKind::kDiffusion) {
    start = diffusion_from_causal(base, config.pad_token_id.value_or(-1), 0);
    start.weights.timestep_embed = at::Tensor();
  } else if (base.config.kind == ModelKind::kCausal && config.kind == ModelKind::kReward) {
    start = reward_from_causal(base, config.pad_token_id.value_or(-1), 0);
    start.weights.score = at::Tensor();
  } else if (base.config.kind != config.kind) {
    throw FormatError(file, kBaseKey, "an autoregressive model or one of the adapted one's kind",
                      "another kind");
  } else if (base.config.kind == ModelKind::kCausal &&
             config.vocab_size == base.config.vocab_size + 1) {
    start = causal_with_pad(base, config.pad_token_id.value_or(-1));
  }
  start.config = config;
  check_shapes(start, file);
  return start;
}

void write_config_text(const fs::path& folder, const LoraConfig& lora, ModelKind kind) {
  write_file_atomically(folder / kAdapterConfigName,
                        [&](std::ostream& out) { out << adapter_config_text(lora, kind); });
}

}  // namespace

bool is_adapter(const fs::path& folder) {
  return is_there(folder / kAdapterConfigName) && !is_there(folder / tensor::kSingleName) &&
         !is_there(folder / tensor::kIndexName);
}

std::vector<fs::path> adapter_chain(const fs::path& folder) {
  std::vector<fs::path> chain{folder};
  while (is_adapter(chain.back())) {
    if (chain.size() == kLongestChain) {
      throw FormatError(folder / kAdapterConfigName, kBaseKey,
                        "a base that is not the adapter itself", "one that leads back to it");
    }
    chain.push_back(base_of(chain.back()));
  }
  return chain;
}

fs::path folder_with(const fs::path& folder, std::string_view name) {
  if (is_there(folder / name) || !is_adapter(folder)) return folder;
  for (const fs::path& place : adapter_chain(folder)) {
    if (is_there(place / name)) return place;
  }
  return folder;
}

Config read_model_config(const fs::path& folder) {
  return read_config(folder_with(folder, kConfigName) / kConfigName);
}

void write_adapter(const fs::path& folder, const Config& config, Weights weights) {
  Adapters& adapters = *weights.backbone.adapters;
  std::vector<tensor::NamedTensor> tensors;
  for (const WeightSlot& slot : adapter_slots(adapters, config)) {
    tensors.push_back({slot.name, *slot.tensor});
  }
  for (const WeightSlot& slot : weight_slots(weights, config)) {
    if (!is_saved_whole(slot.name, adapters.config)) continue;
    tensors.push_back({peft_name(slot.name), *slot.tensor});
  }
  tensor::write_safetensors(folder / tensor::kAdapterName, tensors);
  write_config_text(folder, adapters.config, config.kind);
  write_config(config, folder / kConfigName);
}

Checkpoint load_adapted(const fs::path& folder, ModelKind kind, const LoadOptions& options) {
  const auto chain = adapter_chain(folder);
  const Config plain = read_config(chain.back() / kConfigName);
  Checkpoint checkpoint =
      load_checkpoint(chain.back(), chain.size() == 1 ? kind : plain.kind, options);
  for (std::size_t i = chain.size() - 1; i-- > 0;) {
    Config config = read_model_config(chain[i]);
    if (i == 0) config.kind = kind;
    checkpoint = start_of(checkpoint, config, chain[i] / kAdapterConfigName);
    apply(chain[i], checkpoint, options.dtype);
  }
  return checkpoint;
}

}  // namespace tess2::model
