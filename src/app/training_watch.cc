#include "app/training_watch.h"

#include <array>
#include <cstdio>
#include <utility>
#include <vector>

#include "core/log.h"

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

TrainingWatch::TrainingWatch(std::string title, std::int64_t steps, ProgressOutput output)
    : title_(std::move(title)), steps_(steps), output_(std::move(output)) {}

train::RunObserver TrainingWatch::observer() {
  train::RunObserver observer;
  observer.on_note = [](const std::string& note) { log_info(note); };
  observer.loop.on_step = [this](const train::StepReport& report) { show_step(report); };
  observer.loop.on_validation = [this](std::int64_t step, const train::Figures& figures) {
    show_validation(step, figures);
  };
  observer.loop.on_save = [](std::int64_t step) {
    log_info("checkpoint saved at step " + std::to_string(step));
  };
  return observer;
}

void TrainingWatch::show_step(const train::StepReport& report) {
  if (!progress_) return;
  std::vector<ProgressFigure> figures = {{"loss", report.loss}, {"rate", report.learning_rate}};
  if (report.data.bad_lines > 0) {
    figures.push_back({"bad lines", static_cast<double>(report.data.bad_lines)});
  }
  progress_->update(report.step, report.tokens, figures);
  if (report.step < report.steps) return;
  progress_->finish();
  log_info(data_line(report.data, output_.clock() - start_));
}

void TrainingWatch::show_validation(std::int64_t step, const train::Figures& figures) {
  log_info(validation_line(step, figures));
  if (progress_) return;
  start_ = output_.clock();
  progress_.emplace(title_, steps_, 0, output_);
}

}  // namespace tess2::app
