#include "train/loop.h"

#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/settings.h"
#include "train/gradient_exchange.h"
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
        ranks_(settings.ranks),
        gradients_(task.parameters(), sharing()),
        optimizer_(task.parameters(), settings.optimizer, sharing()) {}

  LoopEnd run() {
    start();
    while (state_.step < settings_.steps) {
      step();
      if (is_last() || due(settings_.validate_every, state_.step)) validate();
      const Verdict verdict = decide();
      if (verdict.save) save();
      if (verdict.stop && !is_last()) return {state_.step, false};
    }
    if (folder_ != nullptr) folder_->publish(state_.step);
    ranks_.barrier();
    return {state_.step, true};
  }

 private:
  bool is_last() const { return state_.step == settings_.steps; }

  Sharing sharing() const { return {task_.parameters(), settings_.ranks, settings_.zero}; }

  void start() {
    std::string state;
    if (folder_ != nullptr) {
      check_room();
      if (const auto found = folder_->last_state()) state = state_text(*found);
    }
    state = ranks_.broadcast(state, 0);
    if (!state.empty()) resume(parse_state(state, "state of the first rank"));
    share_weights();
    if (folder_ != nullptr && !is_last()) folder_->start_records(state_.step);
    if (state_.step == 0) validate();
    if (observer_.on_start) observer_.on_start(state_.step);
    earlier_seconds_ = state_.seconds;
    run_time_.lap();
    since_save_.lap();
  }

  /// Makes sure that all ranks begin with the same bits.
  void share_weights() {
    for (auto& parameter : task_.parameters()) ranks_.broadcast(parameter.tensor, 0);
  }

  void check_room() const {
    std::int64_t weights = 0;
    for (const auto& parameter : task_.parameters()) weights += parameter.tensor.numel();
    folder_->check_room(static_cast<std::uintmax_t>(weights * kBytesPerWeight),
                        settings_.keep_last + (settings_.keep_best ? 1 : 0));
  }

  /// The first rank reads the checkpoint; `share_weights` must follow.
  void resume(RunState state) {
    at::NoGradGuard no_grad;
    state_ = std::move(state);
    std::filesystem::path moments;
    if (folder_ != nullptr) {
      const auto checkpoint = folder_->checkpoint(state_.step);
      read_weights(checkpoint);
      moments = checkpoint / kOptimizerName;
    }
    optimizer_.load(moments, state_.step);
    if (!state_.data_position.empty()) task_.resume_data(state_.data_position);
    if (!state_.learned.empty()) task_.restore_learned(state_.learned);
  }

  void read_weights(const std::filesystem::path& checkpoint) {
    const tensor::TensorFolder weights(checkpoint);
    for (const auto& parameter : task_.parameters()) {
      at::Tensor target = parameter.tensor;
      target.copy_(weights.tensor(parameter.name));
    }
  }

  void step() {
    Stopwatch time;
    const double loss = accumulate();
    const double rate = learning_rate(settings_.learning_rate, state_.step, settings_.steps);
    gradients_.finish();
    const double norm = optimizer_.step(rate);
    task_.learn(levels_);
    ++state_.step;
    state_.seconds = earlier_seconds_ + run_time_.seconds();
    const std::int64_t tokens = task_.tokens_per_batch() * settings_.accumulation;
    report({state_.step, settings_.steps, loss, rate, norm, state_.step * tokens,
            task_.data_figures(), state_.seconds, static_cast<double>(tokens) / time.seconds(),
            std::move(levels_)});
  }

  /// Adds the gradients of one optimiser step and returns its mean loss. Rank r of W takes the
  /// micro-batches r, r + W, r + 2 W, ... of the step.
  double accumulate() {
    const auto parts = static_cast<double>(settings_.accumulation);
    std::vector<double> mine;  // the losses, each followed by those by level
    for (std::int64_t i = ranks_.rank(); i < settings_.accumulation; i += ranks_.size()) {
      const at::Tensor loss = task_.loss(state_.step * settings_.accumulation + i);
      torch::autograd::backward({loss / parts}, {});
      gradients_.after_backward();
      note_losses(loss.item<double>(), mine);
    }
    const auto losses = ranks_.gather(mine);
    return mean_loss(losses);
  }

  /// Appends the loss of a micro-batch, and how many levels it had and what they were.
  void note_losses(double loss, std::vector<double>& losses) const {
    const auto levels = task_.level_losses();
    losses.push_back(loss);
    losses.push_back(static_cast<double>(levels.size()));
    for (const LevelLoss& level : levels) losses.insert(losses.end(), {level.level, level.loss});
  }

  /// Over the micro-batches in their order, whoever computed them; fills `levels_`, too.
  double mean_loss(const std::vector<std::vector<double>>& losses) {
    levels_.clear();
    double total = 0.0;
    std::vector<std::size_t> at(losses.size());
    for (std::int64_t i = 0; i < settings_.accumulation; ++i) {
      const auto rank = static_cast<std::size_t>(i % ranks_.size());
      const auto next = [&] { return losses[rank][at[rank]++]; };
      const double loss = next();
      check_finite(loss);
      total += loss;
      for (auto levels = static_cast<std::int64_t>(next()); levels > 0; --levels) {
        const double level = next();
        levels_.push_back({level, next()});
      }
    }
    return total / static_cast<double>(settings_.accumulation);
  }

  void check_finite(double loss) const {
    if (std::isfinite(loss)) return;
    throw Error("training step " + std::to_string(state_.step + 1) +
                ": expected a finite loss, found " + std::to_string(loss) +
                " (lower learning_rate.peak?)");
  }

  void report(const StepReport& report) {
    if (folder_ != nullptr) folder_->record_step(report);
    if (observer_.on_step) observer_.on_step(report);
  }

  void validate() {
    if (!ranks_.is_first()) return;
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

  struct Verdict {
    bool stop;
    bool save;
  };

  /// What all ranks do after a step: stop where any is asked to, save where the first one finds it
  /// due.
  Verdict decide() const {
    const bool asked = observer_.stop_asked && observer_.stop_asked();
    const bool due = folder_ != nullptr && save_due();
    const auto vote = [](bool for_it) { return for_it ? 1.0 : 0.0; };
    const auto votes =
        ranks_.sum(std::vector<double>{vote(asked), vote(due), vote(folder_ != nullptr)});
    const bool stop = votes[0] > 0.0;
    return {stop, votes[2] > 0.0 && (stop || is_last() || votes[1] > 0.0)};
  }

  bool save_due() const {
    const bool minutes_passed =
        settings_.save_minutes > 0.0 && since_save_.seconds() >= 60.0 * settings_.save_minutes;
    return minutes_passed || due(settings_.save_every, state_.step) ||
           (settings_.keep_best && state_.best_step == state_.step);
  }

  void save() {
    at::NoGradGuard no_grad;
    if (folder_ != nullptr) {
      save_into(*folder_);
    } else {
      optimizer_.save({});  // gives its moments to the first rank
    }
  }

  void save_into(RunFolder& folder) {
    state_.seconds = earlier_seconds_ + run_time_.seconds();
    state_.data_position = task_.data_position();
    state_.learned = task_.learned();
    const auto write = [this](const std::filesystem::path& aside) {
      task_.write_model(aside);
      optimizer_.save(aside / kOptimizerName);
    };
    folder.save(state_, write, settings_.keep_last);
    since_save_.lap();
    if (observer_.on_save) observer_.on_save(state_.step);
  }

  TrainingTask& task_;
  const LoopSettings& settings_;
  const LoopObserver& observer_;
  RunFolder* folder_;
  Ranks ranks_;
  GradientExchange gradients_;
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
  binder.field("accumulation", accumulation, "micro-batches a step, of all ranks together")
      .at_least(1);
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
  binder
      .field("zero", zero,
             "kept by one of several ranks alone: 1: the optimiser's state of its share of the "
             "weights, 2: gradients as well (0: nothing)")
      .at_least(0)
      .at_most(2);
  binder
      .field("rank_timeout_seconds", rank_timeout_seconds,
             "silence after which a rank counts as dead")
      .at_least(1)
      .at_most(86400);
}

Ranks join_ranks(const LoopSettings& settings, const Launch& launch) {
  if (settings.accumulation % launch.size != 0) {
    throw UsageError("loop.accumulation: expected a multiple of the " +
                     std::to_string(launch.size) + " ranks, found " +
                     std::to_string(settings.accumulation));
  }
  return {launch, std::chrono::seconds(settings.rank_timeout_seconds)};
}

LoopEnd run_training(TrainingTask& task, const LoopSettings& settings, const LoopObserver& observer,
                     RunFolder* folder) {
  return Loop(task, settings, observer, folder).run();
}

}  // namespace tess2::train
