// Scores as text, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "eval/harness/score.h"

namespace tess2::eval {

/// A table with a line for each measure of each task, then of its subtasks; tasks without a score
/// have a line that says why.
std::string task_table(const std::vector<TaskScore>& scores);

/// `{"tasks": [{"task", "model", "seed", "limit", "complete", "records", "wanted", "missing",
/// "measures", ...}]}` and a newline; a task that is not complete has no measures.
std::string scores_json(const std::vector<TaskScore>& scores);

}  // namespace tess2::eval
