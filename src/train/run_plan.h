// What a run would do and need, found without loading weights or starting it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/config.h"
#include "train/memory_estimate.h"
#include "train/runs.h"

namespace tess2::train {

/// A part of a model: `embedding`, `attention`, ...
struct WeightPart {
  std::string name;
  std::int64_t count;
};

struct RunPlan {
  model::Config config;  ///< of the model that is trained
  std::vector<WeightPart> weights;
  std::int64_t steps = 0;
  std::int64_t examples_per_step = 0;
  std::int64_t tokens_per_step = 0;  ///< at most, for preference pairs
  /// Examples of an epoch, where that is cheaply known: of token shards, and of small files of
  /// dialogues or pairs, whose lines are counted.
  std::optional<std::int64_t> epoch_examples;
  MemoryShape shape;
  MemoryEstimate memory;

  std::int64_t total_weights() const;
  std::optional<double> epochs() const;
};

/// The plan of settings that check_run lets pass. Throws FileError or FormatError for what cannot
/// be read.
RunPlan plan_run(const PretrainSettings& settings);
RunPlan plan_run(const AdaptSettings& settings);
RunPlan plan_run(const TuneSettings& settings);
RunPlan plan_run(const RewardSettings& settings);

}  // namespace tess2::train
