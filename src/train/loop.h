// The training loop that every kind of training shares.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "data/shuffle.h"
#include "train/learning_rate.h"
#include "train/optimizer.h"

namespace tess2::train {

struct LoopSettings {
  std::int64_t steps = 1000;
  /// Sequences a micro-batch.
  std::int64_t batch_size = 16;
  /// Micro-batches whose gradients are added before a step.
  std::int64_t accumulation = 1;
  LearningRateSettings learning_rate;
  OptimizerSettings optimizer;
  /// Steps between validations; 0: only at the end.
  std::int64_t validate_every = 200;
  /// Steps between checkpoints; 0: only at the end.
  std::int64_t save_every = 0;

  void bind(SettingsBinder& binder);
};

/// Named figures, in the order to show them.
using Figures = std::vector<std::pair<std::string, double>>;

/// One kind of training: what the loop asks for.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;
  /// Trained weights: float32 leaves that require gradients.
  virtual std::vector<at::Tensor> parameters() = 0;
  /// Loss (scalar, with its graph) of micro-batch `index`, counted over the whole run: the same
  /// index always gives the same batch and noise.
  virtual at::Tensor loss(std::int64_t index) = 0;
  /// Tokens read by a micro-batch.
  virtual std::int64_t tokens_per_batch() const = 0;
  /// Figures on held-out data. Gradients are off.
  virtual Figures validate() = 0;
  /// What reading the data has done so far.
  virtual data::DataFigures data_figures() const { return {}; }
  /// Writes the checkpoint as it stands after `step` steps.
  virtual void save(std::int64_t step) = 0;
};

struct StepReport {
  std::int64_t step;  ///< steps done
  std::int64_t steps;
  double loss;  ///< mean over the step's micro-batches
  double learning_rate;
  double gradient_norm;
  std::int64_t tokens;  ///< tokens read so far
  data::DataFigures data = {};
};

/// What a run tells whoever watches it; each may be empty.
struct LoopObserver {
  std::function<void(const StepReport&)> on_step;
  std::function<void(std::int64_t step, const Figures&)> on_validation;
  std::function<void(std::int64_t step)> on_save;
};

/// Runs the whole training, validates at the start and the end, saves at the end. Throws Error
/// where the loss is no longer finite, naming the step.
void run_training(TrainingTask& task, const LoopSettings& settings, const LoopObserver& observer);

}  // namespace tess2::train
