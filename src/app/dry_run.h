// `--dry-run`: what a training run would do and need, as text.
#pragma once

#include <string>

#include "core/memory.h"
#include "train/run_plan.h"

namespace tess2::app {

/// The model's weights by part, the run's steps, tokens and epochs, its memory by part, and whether
/// it fits into `machine`. Several lines.
std::string dry_run_text(const train::RunPlan& plan, const MachineMemory& machine);

}  // namespace tess2::app
