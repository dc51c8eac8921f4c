// The training loop that every kind of training shares.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tensor/safetensors.h"
#include "train/learning_rate.h"
#include "train/loop_report.h"
#include "train/optimizer.h"
#include "train/precision.h"
#include "train/ranks.h"

namespace tess2::train {

struct LoopSettings {
  std::int64_t steps = 1000;
  /// Sequences a micro-batch.
  std::int64_t batch_size = 16;
  /// Micro-batches whose gradients are added before a step, by all ranks together: a multiple of
  /// their number. A step is the same on any number of ranks.
  std::int64_t accumulation = 1;
  LearningRateSettings learning_rate;
  OptimizerSettings optimizer;
  PrecisionSettings precision;
  /// Steps between validations; 0: only at the end.
  std::int64_t validate_every = 200;
  /// A checkpoint is due where this many steps or minutes have passed since the last one, whichever
  /// comes first (0: neither counts), and at the end.
  std::int64_t save_every = 0;
  double save_minutes = 15.0;
  /// How many of the newest checkpoints are kept.
  std::int64_t keep_last = 2;
  /// Saves after each validation whose loss is the lowest so far, and keeps that checkpoint too.
  bool keep_best = true;
  /// What each of several ranks keeps of its own (train/sharing.h): 0: nothing, 1: the optimiser's
  /// state, 2: gradients as well.
  std::int64_t zero = 1;
  /// How long a rank may give no sign of life, and how long ranks wait for one another at the
  /// start.
  std::int64_t rank_timeout_seconds = 120;
  /// The processes that train together; not bound, for it is how this one was started.
  Ranks ranks = {};

  void bind(SettingsBinder& binder);
};

/// One kind of training: what the loop asks for.
class TrainingTask {
 public:
  virtual ~TrainingTask() = default;
  /// Trained weights with their Hugging Face names: float32 leaves that require gradients.
  virtual std::vector<tensor::NamedTensor> parameters() = 0;
  /// Loss (scalar, with its graph) of micro-batch `index`, counted over the whole run: the same
  /// index always gives the same batch and noise.
  virtual at::Tensor loss(std::int64_t index) = 0;
  /// The losses of single sequences in the last call of `loss`, where the task has noise levels.
  virtual std::vector<LevelLoss> level_losses() const { return {}; }
  /// What all ranks met in one optimiser step, by micro-batch in their order, each as
  /// `level_losses` said: a task may learn from it beside the gradients, the same on every rank.
  virtual void learn(std::span<const LevelLoss> met) { static_cast<void>(met); }
  /// Tokens read by a micro-batch.
  virtual std::int64_t tokens_per_batch() const = 0;
  /// Figures on held-out data, among them `loss`. Gradients are off.
  virtual Figures validate() = 0;
  /// Texts that the model writes as it stands, the same prompts each time. Gradients are off.
  virtual Samples samples() { return {}; }
  /// The margins of the pairs in the last `validate`, where there are pairs.
  virtual Margins margins() { return {}; }
  /// What reading the data has done so far.
  virtual data::DataFigures data_figures() const { return {}; }
  /// Where the data of the last micro-batch are, for `resume_data`, which spares reading all before
  /// them again; empty where the task needs none.
  virtual std::string data_position() { return {}; }
  virtual void resume_data(const std::string& position) { static_cast<void>(position); }
  /// What the task has learned besides its weights, to go on with after `restore_learned`; empty
  /// where there is nothing.
  virtual std::string learned() const { return {}; }
  virtual void restore_learned(const std::string& learned) { static_cast<void>(learned); }
  /// Writes the model as it stands into an existing folder: Hugging Face form, with its tokenizer.
  virtual void write_model(const std::filesystem::path& folder) = 0;
};

/// What a run tells whoever watches it, and what it asks; each may be empty.
struct LoopObserver {
  /// Training begins after `step` steps: 0, or those of the checkpoint that it goes on from.
  std::function<void(std::int64_t step)> on_start;
  std::function<void(const StepReport&)> on_step;
  std::function<void(std::int64_t step, const Figures&)> on_validation;
  std::function<void(std::int64_t step)> on_save;
  /// Asked after each step: whether to save and end here.
  std::function<bool()> stop_asked;
};

/// How a run ended.
struct LoopEnd {
  std::int64_t step;  ///< steps done
  bool finished;      ///< all of them; else it was asked to stop
};

class RunFolder;

/// Meets the other ranks of the launch. Throws UsageError where `settings` cannot be shared out
/// among so many, and Error as the constructor of `Ranks` does.
Ranks join_ranks(const LoopSettings& settings, const Launch& launch);

/// Runs the training to its end, or until it is asked to stop; validates at the start and the end.
/// With a folder it goes on from the newest checkpoint there, records and saves into it, and makes
/// the finished model; nothing that happened to earlier parts of the run changes a bit of it.
/// Throws Error where the loss is no longer finite, naming the step, and FileError where the folder
/// cannot be written, which leaves the checkpoints as they were.
///
/// Of several ranks each computes its part of the micro-batches of a step; the first one alone has
/// the folder, validates, and tells of validations and saves. All end with the same weights.
LoopEnd run_training(TrainingTask& task, const LoopSettings& settings, const LoopObserver& observer,
                     RunFolder* folder = nullptr);

}  // namespace tess2::train
