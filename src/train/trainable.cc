#include "train/trainable.h"

#include <fnmatch.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "core/nearest.h"
#include "core/settings.h"
#include "model/adapter_files.h"
#include "model/lora.h"

namespace tess2::train {
namespace {

using model::Checkpoint;
using model::ModelKind;
using model::WeightSlot;

constexpr const char* kNothingLeft = "freeze: expected weights left to train, found none";

std::vector<std::string> names_of(const std::vector<WeightSlot>& slots) {
  std::vector<std::string> names;
  for (const WeightSlot& slot : slots) names.push_back(slot.name);
  return names;
}

/// ` (did you mean NAME?)` for the name whose beginning, or where the pattern begins with a
/// wildcard whose end, is most like the pattern's.
std::string pattern_hint(const std::string& pattern, const std::vector<std::string>& names) {
  const std::size_t head = std::min(pattern.find_first_of("*?["), pattern.size());
  const std::size_t tail = pattern.size() - 1 - pattern.find_last_of("*?]");
  const auto part = [&](const std::string& text) {
    if (head > 0) return text.substr(0, head);
    return text.substr(text.size() - std::min(tail, text.size()));
  };
  const auto distance = [&](const std::string& name) {
    return edit_distance(part(pattern), part(name));
  };
  const auto found = std::ranges::min_element(names, {}, distance);
  return found == names.end() ? "" : " (did you mean " + *found + "?)";
}

/// Switches gradients on for all `slots` but the frozen ones.
std::vector<tensor::NamedTensor> trained(const std::vector<WeightSlot>& slots,
                                         const std::vector<bool>& frozen) {
  std::vector<tensor::NamedTensor> weights;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    at::Tensor& weight = *slots[i].tensor;
    weight = weight.detach();
    if (frozen[i]) continue;
    weight = weight.clone().requires_grad_(true);
    weights.push_back({slots[i].name, weight});
  }
  if (weights.empty()) throw UsageError(kNothingLeft);
  return weights;
}

void check_also_train(const std::vector<WeightSlot>& slots, const LoraSettings& settings) {
  std::vector<std::string> modules;
  for (const WeightSlot& slot : slots) modules.push_back(model::module_of(slot.name));
  for (const std::string& wanted : settings.also_train) {
    const auto is_meant = [&](const auto& module) { return model::is_module(module, wanted); };
    const auto found = std::ranges::find_if(modules, is_meant);
    if (found == modules.end()) {
      throw UsageError("lora.also_train: expected names of weights, found " + wanted +
                       nearest_hint(wanted, modules));
    }
    for (const std::string& target : settings.targets) {
      if (!model::is_module(*found, target)) continue;
      throw UsageError("lora.also_train: expected other weights than lora.targets, found " +
                       wanted);
    }
  }
}

/// Weights that the folder's model does not have.
std::vector<std::string> new_modules(ModelKind kind, const std::filesystem::path& base) {
  if (model::read_model_config(base).kind == kind) return {};
  if (kind == ModelKind::kDiffusion) return {"timestep_embed"};
  return kind == ModelKind::kReward ? std::vector<std::string>{"score"}
                                    : std::vector<std::string>{};
}

model::LoraConfig lora_config(const LoraSettings& settings, ModelKind kind,
                              const std::filesystem::path& base) {
  model::LoraConfig config{settings.rank,
                           settings.alpha,
                           settings.dropout,
                           false,
                           settings.targets,
                           settings.also_train,
                           {}};
  for (const std::string& module : new_modules(kind, base)) {
    if (std::ranges::count(config.modules_to_save, module) > 0) continue;
    config.modules_to_save.push_back(module);
  }
  config.base = std::filesystem::absolute(base).lexically_normal().string();
  return config;
}

/// The adapters' matrices, and the weights that are saved whole under the names that they have in
/// an adapter's file.
std::vector<WeightSlot> adapter_places(model::Weights& weights, model::Adapters& adapters,
                                       const model::Config& config) {
  auto slots = model::adapter_slots(adapters, config);
  for (WeightSlot& slot : model::weight_slots(weights, config)) {
    if (!model::is_saved_whole(slot.name, adapters.config)) continue;
    slot.name = model::peft_name(slot.name);
    slots.push_back(std::move(slot));
  }
  return slots;
}

void check_lora(const std::vector<WeightSlot>& slots, const LoraSettings& settings,
                const std::filesystem::path& base) {
  if (base.empty()) throw UsageError("lora.rank: expected a base, or 0 for fresh weights");
  check_also_train(slots, settings);
}

/// Numbers in the slots that are not frozen, those of the first `adapters` times `rank`.
std::int64_t count_unfrozen(const std::vector<WeightSlot>& slots,
                            const std::vector<std::string>& freeze, std::size_t adapters = 0,
                            std::int64_t rank = 1) {
  const std::vector<bool> frozen = frozen_among(names_of(slots), freeze);
  std::int64_t count = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const auto& shape = slots[i].shape;
    const std::int64_t size =
        std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    count += frozen[i] ? 0 : size * (i < adapters ? rank : 1);
  }
  if (count == 0) throw UsageError(kNothingLeft);
  return count;
}

}  // namespace

void LoraSettings::bind(SettingsBinder& binder) {
  binder.field("rank", rank, "rank of the adapters (0: train the weights themselves)").at_least(0);
  binder.field("alpha", alpha, "alpha / rank is the scale of an adapter").above(0);
  binder.field("dropout", dropout, "chance that an adapter does not see a number of its input")
      .at_least(0)
      .below(1);
  binder.field("targets", targets, "linear maps that have an adapter, by the ends of their names");
  binder.field("also_train", also_train,
               "weights trained whole beside the adapters: embed_tokens, lm_head, ...");
}

void TrainableSettings::bind(SettingsBinder& binder) {
  binder.field("freeze", freeze,
               "weights that stay as they are, as patterns of names: model.layers.0.*, ...");
  binder.group("lora", lora, "low-rank adapters");
}

std::vector<bool> frozen_among(const std::vector<std::string>& names,
                               const std::vector<std::string>& patterns) {
  std::vector<bool> frozen(names.size(), false);
  for (const std::string& pattern : patterns) {
    bool any = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (::fnmatch(pattern.c_str(), names[i].c_str(), 0) != 0) continue;
      frozen[i] = any = true;
    }
    if (any) continue;
    throw UsageError("freeze: expected patterns of trained weights' names, found " + pattern +
                     ", which matches none" + pattern_hint(pattern, names));
  }
  return frozen;
}

std::vector<tensor::NamedTensor> make_trainable(Checkpoint& checkpoint,
                                                const TrainableSettings& settings,
                                                const std::filesystem::path& base,
                                                std::uint64_t seed) {
  const auto slots = model::weight_slots(checkpoint.weights, checkpoint.config);
  if (settings.lora.rank == 0)
    return trained(slots, frozen_among(names_of(slots), settings.freeze));
  check_lora(slots, settings.lora, base);
  const auto lora = lora_config(settings.lora, checkpoint.config.kind, base);
  checkpoint.weights.backbone.adapters =
      std::make_shared<model::Adapters>(model::make_adapters(checkpoint.config, lora, seed));
  for (const WeightSlot& slot : slots) *slot.tensor = slot.tensor->detach();
  const auto places =
      adapter_places(checkpoint.weights, *checkpoint.weights.backbone.adapters, checkpoint.config);
  return trained(places, frozen_among(names_of(places), settings.freeze));
}

std::int64_t count_trained(const model::Config& config, const TrainableSettings& settings,
                           const std::filesystem::path& base) {
  model::Weights none;
  const auto slots = model::weight_slots(none, config);
  if (settings.lora.rank == 0) return count_unfrozen(slots, settings.freeze);
  check_lora(slots, settings.lora, base);
  // Adapters of rank 1 have the names and, times the rank, the sizes of the run's.
  auto lora = lora_config(settings.lora, config.kind, base);
  lora.rank = 1;
  model::Adapters adapters = model::make_adapters(config, lora, 0);
  const std::size_t matrices = model::adapter_slots(adapters, config).size();
  return count_unfrozen(adapter_places(none, adapters, config), settings.freeze, matrices,
                        settings.lora.rank);
}

}  // namespace tess2::train
