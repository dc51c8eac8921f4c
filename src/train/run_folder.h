// What a training run keeps in its output folder:
//
//   checkpoints/step-00000300/   model, tokenizer, recipe.yaml, moments, state.json and DONE
//   metrics.jsonl                every step and validation (train/metrics_file.h)
//   events.out.tfevents.*        the same for TensorBoard (train/event_file.h)
//   config.json, ...             the finished model, once the run has ended
//
// state.json is small because nearly everything is a function of the seed and the step: the
// learning rate, and every random number, for batches, masks, noise levels and noise are drawn by
// counters (core/random.h). So the step is the place in the schedule and in each random stream.
// What reading the data needs to get there without reading all from the beginning is kept beside
// it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "train/checkpoints.h"
#include "train/event_file.h"
#include "train/loop_report.h"
#include "train/metrics_file.h"

namespace tess2::train {

/// The file of the optimiser's moments in a checkpoint.
inline constexpr const char* kOptimizerName = "optimizer.safetensors";

/// Where a run stands.
struct RunState {
  std::int64_t step = 0;       ///< steps done: also the optimiser's, and the schedule's
  double seconds = 0.0;        ///< spent so far
  std::int64_t best_step = 0;  ///< of the lowest validation loss; 0: none yet
  double best_loss = 0.0;
  std::string data_position;  ///< as the data gives it (data/shuffle.h); empty where it gives none
  std::string learned = {};   ///< by the task besides its weights (train/loop.h)
};

/// The text of `state.json` and back. `parse` throws FormatError naming `file`.
std::string state_text(const RunState& state);
RunState parse_state(std::string_view text, const std::filesystem::path& file);

/// The folder while a run writes it, which no other process may do meanwhile.
class RunFolder {
 public:
  /// Throws FileError where `output` cannot be a run's folder: it must be a free name below a
  /// folder that may be written, or a folder that may be written and is empty or holds a run or a
  /// model. Changes nothing; call it before long work.
  static void check(const std::filesystem::path& output);

  /// Throws UsageError naming the first setting of `recipe`, the text of the resolved settings,
  /// that differs from those of the newest checkpoint in `output`. Settings that cannot change the
  /// result may differ. Changes nothing; call it before long work.
  static void check_settings(const std::filesystem::path& output, const std::string& recipe);

  /// Makes the folder where need be, and removes what killed runs left half-written; where `fresh`,
  /// everything that earlier runs left but their finished model. Throws FileError.
  RunFolder(const std::filesystem::path& output, std::string recipe, bool fresh);

  /// Throws FileError where the disk has no room for the checkpoints that will be kept at a time,
  /// and the one that is being written, of `bytes` each.
  void check_room(std::uintmax_t bytes, std::int64_t kept) const;

  /// The newest checkpoint's state; nothing where the run begins.
  std::optional<RunState> last_state() const;
  std::filesystem::path checkpoint(std::int64_t step) const { return checkpoints_.path(step); }

  /// Begins to record the steps after `step`; what was recorded of them before is forgotten.
  void start_records(std::int64_t step);
  void record_step(const StepReport& report);
  void record_validation(std::int64_t step, const Figures& figures);
  void record_margins(std::int64_t step, const Margins& margins) {
    metrics_.add_margins(step, margins);
  }
  void record_samples(std::int64_t step, const Samples& samples);

  /// Writes a checkpoint, whose model and moments `write` puts into a new folder; then removes
  /// those that need not be kept. Throws FileError (disk full, ...); older checkpoints are then as
  /// they were.
  void save(const RunState& state, const std::function<void(const std::filesystem::path&)>& write,
            std::int64_t keep_last);
  /// Makes the model of the checkpoint of `step` the finished one.
  void publish(std::int64_t step);

 private:
  std::filesystem::path output_;
  std::string recipe_;
  MetricsFile metrics_;  ///< its lock is the folder's
  Checkpoints checkpoints_;
  std::optional<EventFile> events_;
};

}  // namespace tess2::train
