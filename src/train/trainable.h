// Which weights a run trains: all, all but the frozen ones, or low-rank adapters beside them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model/checkpoint.h"
#include "tensor/safetensors.h"

namespace tess2 {
class SettingsBinder;
}

namespace tess2::train {

/// Low-rank adapters (model/lora.h).
struct LoraSettings {
  std::int64_t rank = 0;  ///< 0: none
  double alpha = 16.0;
  double dropout = 0.0;
  std::vector<std::string> targets = {"q_proj", "v_proj"};
  /// Weights that are trained whole beside the adapters, by the ends of their names. Those that the
  /// base lacks (`timestep_embed`, `score`) always are.
  std::vector<std::string> also_train = {};

  void bind(SettingsBinder& binder);
};

struct TrainableSettings {
  /// Patterns (`*`, `?`, `[a-z]`) of Hugging Face names of weights that stay as they are.
  std::vector<std::string> freeze = {};
  LoraSettings lora = {};

  void bind(SettingsBinder& binder);
};

/// Whether each of `names` is matched by one of the patterns. Throws UsageError for a pattern that
/// matches none, naming the nearest name.
std::vector<bool> frozen_among(const std::vector<std::string>& names,
                               const std::vector<std::string>& patterns);

/// Gives the trained weights memory of their own and switches their gradients on; the others keep
/// the base's memory and have none. With adapters these are made and put into `checkpoint`, and the
/// weights that `base`, a model's folder, lacks are trained. Returns what is trained, in order: a
/// weight by its own name, or what an adapter's file holds by the names there. Throws UsageError
/// for names that are none, where nothing is left to train, and for adapters on fresh weights
/// (`base` empty), which no file could stand for.
std::vector<tensor::NamedTensor> make_trainable(model::Checkpoint& checkpoint,
                                                const TrainableSettings& settings,
                                                const std::filesystem::path& base,
                                                std::uint64_t seed);

/// How many weights `make_trainable` would return (scalars), from the configuration alone. Throws
/// as it does.
std::int64_t count_trained(const model::Config& config, const TrainableSettings& settings,
                           const std::filesystem::path& base);

}  // namespace tess2::train
