// `tess2 eval --sweep KEY=VALUE,...`: tasks at several values of the sampler's settings.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "app/eval_tasks.h"
#include "app/run_with_settings.h"
#include "app/signal_watcher.h"
#include "generate/settings.h"

namespace tess2::app {

/// What a folder of a sweep keeps beside the folders of its points.
inline constexpr const char* kSweepName = "sweep.json";

struct SweepJob {
  const std::vector<std::string>& sweeps;  ///< `steps=1,2,5`, as written
  const TaskOptions& tasks;
  const TaskJob& job;  ///< `output` gets a folder a point; empty: eval/MODEL.sweep
  /// All settings as a recipe, with these for the sampler.
  std::function<std::string(const generate::GenerateSettings&)> recipe;
};

/// Answers the tasks at every combination of the values, each as answer_tasks does in a folder of
/// its own, then prints a table and writes `sweep.json`. Throws UsageError, before any answer, for
/// a key that is no number of the sampler's settings or a value that it does not allow, and as
/// answer_tasks.
void evaluate_sweep(const SweepJob& sweep, const Run& run, SignalWatcher& signals);

}  // namespace tess2::app
