#include "app/dry_run.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "core/progress.h"

namespace tess2::app {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

/// `  name      value`, values ending in one column.
std::string rows_text(const Rows& rows) {
  std::size_t names = 0;
  std::size_t values = 0;
  for (const auto& [name, value] : rows) {
    names = std::max(names, name.size());
    values = std::max(values, value.size());
  }
  std::string text;
  for (const auto& [name, value] : rows) {
    const std::string gap(names - name.size() + values - value.size() + 2, ' ');
    text += "  " + name + gap + value + "\n";
  }
  return text;
}

std::string model_text(const train::RunPlan& plan) {
  Rows rows;
  for (const auto& [name, count] : plan.weights) rows.emplace_back(name, format_count(count));
  return "model: " + format_count(plan.total_weights()) + " weights, " +
         std::to_string(plan.config.num_hidden_layers) + " layers, vocabulary " +
         format_count(plan.config.vocab_size) + "\n" + rows_text(rows);
}

std::string run_text(const train::RunPlan& plan) {
  const bool pairs = plan.config.kind == model::ModelKind::kReward;
  std::string text =
      "run: " + format_count(plan.steps) + " steps of " + format_count(plan.examples_per_step) +
      (pairs ? " pairs, at most " : " sequences, ") + format_count(plan.tokens_per_step) +
      " tokens a step, " + format_count(plan.tokens_per_step * plan.steps) + " in all\n";
  const auto epochs = plan.epochs();
  if (!epochs) return text + "epochs: not known before the data are read\n";
  std::array<char, 32> number{};
  std::snprintf(number.data(), number.size(), "%.2f", *epochs);
  return text + "epochs: " + number.data() + " of " + format_count(*plan.epoch_examples) +
         " examples\n";
}

std::string megabytes(std::uint64_t bytes) {
  return format_count(static_cast<std::int64_t>((bytes + 999'999) / 1'000'000)) + " MB";
}

std::string memory_text(const train::MemoryEstimate& memory) {
  const auto row = [](const char* name, std::uint64_t bytes) {
    return std::pair<std::string, std::string>(name, megabytes(bytes));
  };
  return "memory, about, at its peak (" + std::string(memory.moment) + "):\n" +
         rows_text({row("weights", memory.weights), row("gradients", memory.gradients),
                    row("optimiser's moments", memory.moments),
                    row("activations", memory.activations),
                    row("vocabulary-sized buffers", memory.vocabulary),
                    row("gaps between buffers", memory.gaps), row("data", memory.data),
                    row("the process itself", memory.process), row("all", memory.total())});
}

std::string machine_text(const MachineMemory& machine, std::uint64_t needed) {
  if (machine.total == 0) return "machine: does not tell its memory\n";
  return "machine: " + megabytes(machine.total) + ", " + megabytes(machine.available) +
         " of it free: " + (needed <= machine.available ? "it fits" : "it does not fit") + "\n";
}

}  // namespace

std::string dry_run_text(const train::RunPlan& plan, const MachineMemory& machine) {
  return model_text(plan) + run_text(plan) + memory_text(plan.memory) +
         machine_text(machine, plan.memory.total());
}

}  // namespace tess2::app
