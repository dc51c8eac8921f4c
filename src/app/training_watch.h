// How a training run shows what it does: the same for all four.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/run_with_settings.h"
#include "core/progress.h"
#include "train/runs.h"

namespace tess2::app {

/// Shows a run's steps as progress (loss, learning rate, tokens a second, time left) and its notes,
/// validations and checkpoints as messages of one line.
class TrainingWatch {
 public:
  /// `title` begins the progress line; `steps` are those of the whole run.
  TrainingWatch(std::string title, std::int64_t steps,
                ProgressOutput output = standard_progress_output());
  TrainingWatch(const TrainingWatch&) = delete;
  TrainingWatch& operator=(const TrainingWatch&) = delete;

  /// What to hand to the run, which the watch must outlive.
  train::RunObserver observer();

 private:
  void show_step(const train::StepReport& report);
  void show_validation(std::int64_t step, const train::Figures& figures);

  std::string title_;
  std::int64_t steps_;
  ProgressOutput output_;
  double start_ = 0.0;                ///< when the progress began, by its clock
  std::optional<Progress> progress_;  ///< from the first validation on: loading does not count
};

/// `validation at step 200: loss 1.234, accuracy 0.5`, numbers with five significant digits.
std::string validation_line(std::int64_t step, const train::Figures& figures);

/// `data: waited 1.2 s (0.4 % of the time), 3 bad lines skipped`, of a run that took `seconds`.
std::string data_line(const data::DataFigures& figures, double seconds);

/// A training subcommand: resolves the settings, runs and tells where the checkpoint is.
template <class Settings>
int run_training_command(const CommandLine& line,
                         void (*train)(const Settings&, const std::string& recipe,
                                       const train::RunObserver&)) {
  return run_with_settings<Settings>(line, [&](Settings& settings, const Run& run) {
    settings.seed = run.seed;
    TrainingWatch watch(std::string(line.command.name), settings.loop.steps);
    train(settings, run.recipe, watch.observer());
    run.out << "checkpoint: " << settings.paths.output.string() << "\n";
  });
}

}  // namespace tess2::app
