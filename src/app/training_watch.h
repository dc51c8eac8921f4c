// How a training run shows what it does: the same for all four.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "app/dry_run.h"
#include "app/run_with_settings.h"
#include "app/signal_watcher.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/progress.h"
#include "train/check_run.h"
#include "train/run_plan.h"
#include "train/runs.h"

namespace tess2::app {

/// Shows a run's steps as progress (loss, learning rate, tokens a second, time left) and its notes,
/// validations and checkpoints as messages of one line. Once training has begun, the first SIGINT
/// or SIGTERM asks it to save and end, and a second one ends the process at once.
class TrainingWatch {
 public:
  /// `title` begins the progress line; `steps` are those of the whole run. `signals` must outlive
  /// the watch.
  TrainingWatch(std::string title, std::int64_t steps, SignalWatcher& signals,
                ProgressOutput output = standard_progress_output());
  ~TrainingWatch();
  TrainingWatch(const TrainingWatch&) = delete;
  TrainingWatch& operator=(const TrainingWatch&) = delete;

  /// What to hand to the run, which the watch must outlive.
  train::RunObserver observer();

 private:
  void start(std::int64_t step);
  void show_step(const train::StepReport& report);

  std::string title_;
  std::int64_t steps_;
  SignalWatcher& signals_;
  ProgressOutput output_;
  double start_ = 0.0;                ///< when training began, by the progress's clock
  std::int64_t first_step_ = 0;       ///< steps done before that
  std::optional<Progress> progress_;  ///< from then on: loading does not count
  std::atomic<bool> stop_asked_ = false;
};

/// `validation at step 200: loss 1.234, accuracy 0.5`, numbers with five significant digits.
std::string validation_line(std::int64_t step, const train::Figures& figures);

/// `data: waited 1.2 s (0.4 % of the time), 3 bad lines skipped`, of a run that took `seconds`.
std::string data_line(const data::DataFigures& figures, double seconds);

/// Throws Error where a run was stopped, saying how to go on; else tells what there is to tell of
/// one that had finished before.
void tell_end(const train::LoopEnd& end, std::int64_t steps);

/// Meets the other ranks that this process was started with, if any. Ranks but the first one show
/// nothing but errors. Throws as train::join_ranks does, and UsageError where the ranks' settings,
/// `recipe`, differ.
train::Ranks join_ranks(const train::LoopSettings& settings, const std::string& recipe);

/// Does the work of a rank. Where it fails, the other ranks are told why, and what is thrown names
/// this one.
void work_as(const train::Ranks& ranks, const std::function<void()>& work);

/// A training subcommand: resolves the settings, runs and tells where the model is. With
/// `--dry-run` it checks all that can be checked and tells what the run would be.
template <class Settings>
int run_training_command(const CommandLine& line,
                         train::LoopEnd (*train)(const Settings&, const std::string& recipe,
                                                 const train::RunObserver&)) {
  SignalWatcher signals;
  bool fresh = false;
  bool dry_run = false;
  return run_with_settings<Settings>(
      line,
      [&](OptionSet& options) {
        options.flag("--fresh", fresh, "start over where the output folder holds a run");
        options.flag("--dry-run", dry_run,
                     "only check, and tell settings, weights, tokens and memory of the run");
      },
      [&](Settings& settings, const Run& run) {
        settings.seed = run.seed;
        settings.paths.fresh = fresh;
        settings.loop.ranks = join_ranks(settings.loop, run.recipe);
        if (dry_run) {
          work_as(settings.loop.ranks, [&] { train::check_run(settings, run.recipe); });
          if (!settings.loop.ranks.is_first()) return;
          run.out << run.recipe << dry_run_text(train::plan_run(settings), machine_memory());
          return;
        }
        TrainingWatch watch(std::string(line.command.name), settings.loop.steps, signals);
        train::LoopEnd end{};
        work_as(settings.loop.ranks, [&] { end = train(settings, run.recipe, watch.observer()); });
        tell_end(end, settings.loop.steps);
        if (!settings.loop.ranks.is_first()) return;
        run.out << "checkpoint: " << settings.paths.output.string() << "\n";
      });
}

}  // namespace tess2::app
