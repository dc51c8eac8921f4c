// What a training step costs, beside the bare matrix products of its shapes in the same run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/precision.h"

namespace tess2::app {

/// A made-up model in Llama's form, adapted (section 3) on stories that are tokenised as it goes.
struct TrainBenchSettings {
  std::int64_t hidden = 1024;  ///< heads of 64, inner size 8/3 of it, up to a multiple of 256
  std::int64_t layers = 12;
  std::int64_t vocab = 32000;
  std::int64_t length = 512;
  std::int64_t batch_size = 8;
  std::int64_t accumulation = 2;  ///< micro-batches a step
  std::int64_t repeats = 3;       ///< steps measured, after one more
  train::PrecisionSettings precision{train::Precision::kBf16, false};
};

/// Seconds of one optimiser step.
struct TrainStepTimes {
  double total = 0.0;
  double vocabulary = 0.0;  ///< noise, softmax, mixing, head, cross-entropy and their gradients
  double optimizer = 0.0;   ///< AdamW with clipping
  double data = 0.0;        ///< waiting for micro-batches
  double flops = 0.0;       ///< of all passes, the one without gradient included
};

struct TrainBenchResult {
  std::string kernel;  ///< what computes the products in bfloat16
  std::int64_t weights = 0;
  std::vector<TrainStepTimes> steps;
  double raw_flops = 0.0;        ///< of the bare products of one forward pass
  double raw_seconds = 0.0;      ///< of those, their weights reused
  double raw_own_seconds = 0.0;  ///< the same, each with weights of its own
  double peak_megabytes = 0.0;   ///< resident, of the process before the bare products
};

/// Trains for some steps, each followed by the bare bf16 products. Throws UsageError for sizes that
/// do not fit each other, and Error where oneDNN has no bf16 products here.
TrainBenchResult bench_train(const TrainBenchSettings& settings);

std::string train_bench_text(const TrainBenchSettings& settings, const TrainBenchResult& result);
std::string train_bench_json(const TrainBenchSettings& settings, const TrainBenchResult& result);

}  // namespace tess2::app
