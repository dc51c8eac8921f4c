// What a denoising step of the packed engine costs, beside the bare matrix products of the same
// shapes in the same run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/packed_lm.h"
#include "engine/weight_format.h"

namespace tess2::app {

struct StepBenchSettings {
  std::int64_t length = 512;  ///< positions of the canvas
  std::int64_t span = 256;    ///< of which so many, the last, are generated
  std::int64_t repeats = 5;   ///< steps measured
  /// Whether the steps take the prompt's keys and values from an earlier one.
  bool reuse_prompt = false;

  /// Positions that a step computes: the span and the one that predicts its first.
  std::int64_t live() const { return reuse_prompt ? span + 1 : length; }
};

struct StepBenchResult {
  std::string kernel;  ///< what computes the products
  double flops = 0.0;  ///< of a step's products, attention included
  /// Of the bare products of a step (attention's excluded), their weights reused.
  double raw_seconds = 0.0;
  double raw_own_seconds = 0.0;  ///< the same, each with weights of its own
  double raw_flops = 0.0;        ///< of those
  std::vector<double> steps;     ///< seconds, one a whole step
  engine::PhaseTimes phases;     ///< medians, seconds a step
  double sampling = 0.0;         ///< seconds of the draw and the argmax: the rest of a step
  double peak_megabytes = 0.0;   ///< resident, of the process before the bare products
  double load_seconds = 0.0;     ///< of a checkpoint; 0 for made-up weights
};

/// The configuration of a shape by name, `mistral-7b`, with so many blocks. Throws UsageError for
/// another name.
model::Config shape_config(const std::string& name, std::int64_t layers);

/// Weights that only have the shape, bfloat16.
engine::TensorSource made_up_weights(const model::Config& config);

/// Measures steps in the middle of a run, each followed by the bare products. Throws UsageError
/// where the span does not fit.
StepBenchResult bench_step(engine::PackedSimplexLM& model, engine::WeightFormat format,
                           const StepBenchSettings& settings);

std::string step_bench_text(const StepBenchSettings& settings, const StepBenchResult& result);
std::string step_bench_json(const StepBenchSettings& settings, const StepBenchResult& result);

}  // namespace tess2::app
