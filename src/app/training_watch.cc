#include "app/training_watch.h"

#include <array>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "core/log.h"
#include "core/settings_difference.h"
#include "core/terminal.h"
#include "train/launch.h"

namespace tess2::app {
namespace {

std::string five_digits(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.5g", value);
  return buffer.data();
}

}  // namespace

std::string validation_line(std::int64_t step, const train::Figures& figures) {
  std::string line = "validation at step " + std::to_string(step);
  std::string separator = ": ";
  for (const auto& [name, value] : figures) {
    line += std::exchange(separator, ", ") + name + " " + five_digits(value);
  }
  return line;
}

std::string data_line(const data::DataFigures& figures, double seconds) {
  const double share = seconds > 0.0 ? 100.0 * figures.wait_seconds / seconds : 0.0;
  std::array<char, 64> waited{};
  std::snprintf(waited.data(), waited.size(), "data: waited %.1f s (%.1f %% of the time)",
                figures.wait_seconds, share);
  std::string line = waited.data();
  if (figures.bad_lines > 0) line += ", " + format_count(figures.bad_lines) + " bad lines skipped";
  return line;
}

void tell_end(const train::LoopEnd& end, std::int64_t steps) {
  if (end.finished) return;
  throw Error("stopped after step " + std::to_string(end.step) + " of " + std::to_string(steps) +
              ", which is saved: the same command goes on from there");
}

namespace {

/// The settings that ranks need not share.
constexpr std::array<std::string_view, 2> kOwnSettings = {"threads", "data.workers"};

void check_same_settings(const train::Ranks& ranks, const std::string& recipe) {
  const std::string first = ranks.broadcast(recipe, 0);
  const auto difference = first_difference(first, recipe, kOwnSettings);
  if (!difference) return;
  throw UsageError(difference->key + ": expected " + printable(difference->before, 60) +
                   ", as rank 0 has it, found " + printable(difference->now, 60));
}

}  // namespace

train::Ranks join_ranks(const train::LoopSettings& settings, const std::string& recipe) {
  const train::Launch launch = train::launch_from(train::environment_variable);
  train::Ranks ranks = train::join_ranks(settings, launch);
  if (!ranks.is_first()) set_log_level(LogLevel::kQuiet);
  work_as(ranks, [&] { check_same_settings(ranks, recipe); });
  if (ranks.size() > 1) {
    log_info("ranks: " + std::to_string(ranks.size()) + ", of which each takes " +
             std::to_string(settings.accumulation / ranks.size()) + " of the " +
             std::to_string(settings.accumulation) + " micro-batches of a step");
  }
  return ranks;
}

void work_as(const train::Ranks& ranks, const std::function<void()>& work) {
  try {
    work();
  } catch (const std::exception& error) {
    ranks.leave(error.what());
    if (ranks.is_first()) throw;
    throw Error("rank " + std::to_string(ranks.rank()) + ": " + error.what());
  }
}

TrainingWatch::TrainingWatch(std::string title, std::int64_t steps, SignalWatcher& signals,
                             ProgressOutput output)
    : title_(std::move(title)), steps_(steps), signals_(signals), output_(std::move(output)) {}

TrainingWatch::~TrainingWatch() {
  signals_.on_signal({});
}

train::RunObserver TrainingWatch::observer() {
  train::RunObserver observer;
  observer.on_note = [](const std::string& note) { log_info(note); };
  observer.loop.on_start = [this](std::int64_t step) { start(step); };
  observer.loop.on_step = [this](const train::StepReport& report) { show_step(report); };
  observer.loop.on_validation = [](std::int64_t step, const train::Figures& figures) {
    log_info(validation_line(step, figures));
  };
  observer.loop.on_save = [](std::int64_t step) {
    log_info("checkpoint saved at step " + std::to_string(step));
  };
  observer.loop.stop_asked = [this] { return stop_asked_.load(); };
  return observer;
}

void TrainingWatch::start(std::int64_t step) {
  if (step == steps_) return log_info("finished before; --fresh starts over");
  if (step > 0) log_info("going on after step " + std::to_string(step));
  first_step_ = step;
  start_ = output_.clock();
  progress_.emplace(title_, steps_, step, output_);
  signals_.on_signal([this] {
    log_info("stopping after this step, saving; once more to stop at once");
    stop_asked_ = true;
  });
}

void TrainingWatch::show_step(const train::StepReport& report) {
  std::vector<ProgressFigure> figures = {{"loss", report.loss}, {"rate", report.learning_rate}};
  if (report.data.bad_lines > 0) {
    figures.push_back({"bad lines", static_cast<double>(report.data.bad_lines)});
  }
  const std::int64_t tokens_a_step = report.tokens / report.step;
  progress_->update(report.step, tokens_a_step * (report.step - first_step_), figures);
  if (report.step < report.steps) return;
  progress_->finish();
  log_info(data_line(report.data, output_.clock() - start_));
}

}  // namespace tess2::app
