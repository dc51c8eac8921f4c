#include "train/loop.h"

#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/settings.h"
#include "train/run_folder.h"

namespace tess2::train {
namespace {

/// Bytes of a weight in a checkpoint: itself and its two moments.
constexpr std::int64_t kBytesPerWeight = 12;

/// Seconds since it was made, or since the last lap.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  double lap() {
    const double taken = seconds();
    start_ = std::chrono::steady_clock::now();
    return taken;
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

bool due(std::int64_t every, std::int64_t step) {
  return every > 0 && step % every == 0;
}

std::optional<double> loss_of(const Figures& figures) {
  for (const auto& [name, value] : figures) {
    if (name == "loss") return value;
  }
  return std::nullopt;
}

/// One run, or one part of it.
class Loop {
 public:
  Loop(TrainingTask& task, const LoopSettings& settings, const LoopObserver& observer,
       RunFolder* folder)
      : task_(task),
        settings_(settings),
        observer_(observer),
        folder_(folder),
        optimizer_(task.parameters(), settings.optimizer) {}

  LoopEnd run() {
    start();
    while (state_.step < settings_.steps) {
      step();
      if (is_last() || due(settings_.validate_every, state_.step)) validate();
      const bool stop = observer_.stop_asked && observer_.stop_asked();
      if (stop || is_last() || save_due()) save();
      if (stop && !is_last()) return {state_.step, false};
    }
    if (folder_ != nullptr) folder_->publish(state_.step);
    return {state_.step, true};
  }

 private:
  bool is_last() const { return state_.step == settings_.steps; }

  void start() {
    if (folder_ != nullptr) {
      check_room();
      if (auto state = folder_->last_state()) resume(std::move(*state));
      if (!is_last()) folder_->start_records(state_.step);
    }
    if (state_.step == 0) validate();
    if (observer_.on_start) observer_.on_start(state_.step);
    earlier_seconds_ = state_.seconds;
    run_time_.lap();
    since_save_.lap();
  }

  void check_room() const {
    std::int64_t weights = 0;
    for (const auto& parameter : task_.parameters()) weights += parameter.tensor.numel();
    folder_->check_room(static_cast<std::uintmax_t>(weights * kBytesPerWeight),
                        settings_.keep_last + (settings_.keep_best ? 1 : 0));
  }

  void resume(RunState state) {
    at::NoGradGuard no_grad;
    state_ = std::move(state);
    const auto checkpoint = folder_->checkpoint(state_.step);
    const tensor::TensorFolder weights(checkpoint);
    for (const auto& parameter : task_.parameters()) {
      at::Tensor target = parameter.tensor;
      target.copy_(weights.tensor(parameter.name));
    }
    optimizer_.load(checkpoint / kOptimizerName, state_.step);
    if (!state_.data_position.empty()) task_.resume_data(state_.data_position);
    if (!state_.learned.empty()) task_.restore_learned(state_.learned);
  }

  void step() {
    Stopwatch time;
    levels_.clear();
    const double loss = accumulate();
    const double rate = learning_rate(settings_.learning_rate, state_.step, settings_.steps);
    const double norm = optimizer_.step(rate);
    ++state_.step;
    state_.seconds = earlier_seconds_ + run_time_.seconds();
    const std::int64_t tokens = task_.tokens_per_batch() * settings_.accumulation;
    report({state_.step, settings_.steps, loss, rate, norm, state_.step * tokens,
            task_.data_figures(), state_.seconds, static_cast<double>(tokens) / time.seconds(),
            std::move(levels_)});
  }

  /// Adds the gradients of one optimiser step and returns its mean loss.
  double accumulate() {
    double total = 0.0;
    const auto parts = static_cast<double>(settings_.accumulation);
    for (std::int64_t i = 0; i < settings_.accumulation; ++i) {
      const at::Tensor loss = task_.loss(state_.step * settings_.accumulation + i);
      const double value = loss.item<double>();
      if (!std::isfinite(value)) {
        throw Error("training step " + std::to_string(state_.step + 1) +
                    ": expected a finite loss, found " + std::to_string(value) +
                    " (lower learning_rate.peak?)");
      }
      const auto levels = task_.level_losses();
      levels_.insert(levels_.end(), levels.begin(), levels.end());
      torch::autograd::backward({loss / parts}, {});
      total += value;
    }
    return total / parts;
  }

  void report(const StepReport& report) {
    if (folder_ != nullptr) folder_->record_step(report);
    if (observer_.on_step) observer_.on_step(report);
  }

  void validate() {
    at::NoGradGuard no_grad;
    const Figures figures = task_.validate();
    if (observer_.on_validation) observer_.on_validation(state_.step, figures);
    if (folder_ == nullptr) return;
    folder_->record_validation(state_.step, figures);
    const Margins margins = task_.margins();
    if (!margins.empty()) folder_->record_margins(state_.step, margins);
    const Samples samples = task_.samples();
    if (!samples.empty()) folder_->record_samples(state_.step, samples);
    const auto loss = loss_of(figures);
    if (!settings_.keep_best || state_.step == 0 || !loss) return;
    if (state_.best_step != 0 && *loss >= state_.best_loss) return;
    state_.best_step = state_.step;
    state_.best_loss = *loss;
  }

  bool save_due() const {
    const bool minutes_passed =
        settings_.save_minutes > 0.0 && since_save_.seconds() >= 60.0 * settings_.save_minutes;
    return minutes_passed || due(settings_.save_every, state_.step) ||
           (settings_.keep_best && state_.best_step == state_.step);
  }

  void save() {
    if (folder_ == nullptr) return;
    at::NoGradGuard no_grad;
    state_.seconds = earlier_seconds_ + run_time_.seconds();
    state_.data_position = task_.data_position();
    state_.learned = task_.learned();
    const auto write = [this](const std::filesystem::path& aside) {
      task_.write_model(aside);
      optimizer_.save(aside / kOptimizerName);
    };
    folder_->save(state_, write, settings_.keep_last);
    since_save_.lap();
    if (observer_.on_save) observer_.on_save(state_.step);
  }

  TrainingTask& task_;
  const LoopSettings& settings_;
  const LoopObserver& observer_;
  RunFolder* folder_;
  AdamW optimizer_;
  RunState state_;
  std::vector<LevelLoss> levels_;  ///< of the step that is being taken
  double earlier_seconds_ = 0.0;   ///< of the run's earlier parts
  Stopwatch run_time_;
  Stopwatch since_save_;
};

}  // namespace

void LoopSettings::bind(SettingsBinder& binder) {
  binder.field("steps", steps, "optimiser steps").at_least(1);
  binder.field("batch_size", batch_size, "sequences in a micro-batch").at_least(1);
  binder.field("accumulation", accumulation, "micro-batches a step").at_least(1);
  binder.group("learning_rate", learning_rate, "the learning rate over the run");
  binder.group("optimizer", optimizer, "AdamW");
  precision.bind(binder);
  binder.field("validate_every", validate_every, "steps between validations (0: at the end)")
      .at_least(0);
  binder.field("save_every", save_every, "steps between checkpoints (0: not by steps)").at_least(0);
  binder.field("save_minutes", save_minutes, "minutes between checkpoints (0: not by time)")
      .at_least(0);
  binder.field("keep_last", keep_last, "newest checkpoints to keep").at_least(1);
  binder.field("keep_best", keep_best, "save and keep the lowest validation loss, too");
}

LoopEnd run_training(TrainingTask& task, const LoopSettings& settings, const LoopObserver& observer,
                     RunFolder* folder) {
  return Loop(task, settings, observer, folder).run();
}

}  // namespace tess2::train
