#include "data/synth/task_choice.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/error.h"
#include "core/nearest.h"

namespace tess2::data::synth {
namespace {

constexpr std::int64_t kMaxTurns = 1000;

struct TaskSet {
  std::string_view name;
  std::vector<std::string_view> families;
};

const std::vector<TaskSet>& task_sets() {
  static const std::vector<TaskSet> sets{
      {"basic",
       {"copy", "reverse", "sort", "count", "addition", "multiplication", "boolean", "date", "swap",
        "question", "story"}},
      {"arithmetic", {"addition", "subtraction", "multiplication"}},
      {"planning", {"countdown", "sudoku", "multiplication", "circuit", "path"}},
  };
  return sets;
}

/// The families of the set of that name, or the family of that name alone.
std::vector<std::string_view> families_of(std::string_view name) {
  std::vector<std::string> known;
  for (const TaskSet& set : task_sets()) {
    if (set.name == name) return set.families;
    known.emplace_back(set.name);
  }
  for (const TaskFamily& family : task_families()) {
    if (family.name == name) return {family.name};
    known.emplace_back(family.name);
  }
  throw UsageError("unknown task '" + std::string(name) + "'" + nearest_hint(name, known));
}

std::int64_t read_turns(std::string_view text, const std::string& entry) {
  std::int64_t turns = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, turns);
  if (read.ec == std::errc() && read.ptr == end && turns >= 1 && turns <= kMaxTurns) return turns;
  throw UsageError("task '" + entry + "': expected 1 to " + std::to_string(kMaxTurns) +
                   " turns after the =");
}

void set_turns(const TaskFamily& family, std::int64_t turns, std::vector<TaskTurns>& tasks) {
  const auto found = std::ranges::find(tasks, &family, &TaskTurns::family);
  if (found == tasks.end()) {
    tasks.push_back({&family, turns});
  } else {
    found->turns = turns;
  }
}

}  // namespace

std::vector<TaskTurns> choose_tasks(std::span<const std::string> entries) {
  static const std::vector<std::string> kDefault{"basic"};
  std::vector<TaskTurns> tasks;
  for (const std::string& entry : entries.empty() ? std::span(kDefault) : entries) {
    const std::size_t equals = entry.find('=');
    const auto turns = equals == std::string::npos
                           ? 1
                           : read_turns(std::string_view(entry).substr(equals + 1), entry);
    for (const auto name : families_of(std::string_view(entry).substr(0, equals))) {
      set_turns(find_task(name), turns, tasks);
    }
  }
  return tasks;
}

std::vector<std::int64_t> share_out(std::int64_t total, std::span<const TaskTurns> tasks) {
  std::int64_t round = 0;
  for (const TaskTurns& task : tasks) round += task.turns;
  std::int64_t left = total % round;
  std::vector<std::int64_t> shares;
  for (const TaskTurns& task : tasks) {
    const std::int64_t more = std::min(left, task.turns);
    shares.push_back(total / round * task.turns + more);
    left -= more;
  }
  return shares;
}

}  // namespace tess2::data::synth
