// Which families of instructions are written, and how much of each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/synth/instruction.h"

namespace tess2::data::synth {

/// A family and how many instructions in a row it gives when it is its turn.
struct TaskTurns {
  const TaskFamily* family;
  std::int64_t turns = 1;
};

/// The families that `entries` name, each once, in the order of their first mention. An entry is a
/// family or a set of families ("basic", "arithmetic", "planning"), plain or with the turns that
/// each takes: "path=3". A later entry for a family wins. No entries: the set "basic". Throws
/// UsageError for a name that is neither, naming the nearest one, and for turns that are not 1 to
/// 1000.
std::vector<TaskTurns> choose_tasks(std::span<const std::string> entries);

/// How many of `total` instructions each of `tasks` gives when they take turns.
std::vector<std::int64_t> share_out(std::int64_t total, std::span<const TaskTurns> tasks);

}  // namespace tess2::data::synth
