#include "train/loop.h"

#include <cmath>

#include "core/error.h"
#include "core/settings.h"

namespace tess2::train {
namespace {

/// Adds the gradients of one optimiser step and returns its mean loss.
double accumulate(TrainingTask& task, const LoopSettings& settings, std::int64_t step) {
  double total = 0.0;
  const auto parts = static_cast<double>(settings.accumulation);
  for (std::int64_t i = 0; i < settings.accumulation; ++i) {
    const at::Tensor loss = task.loss(step * settings.accumulation + i);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) {
      throw Error("training step " + std::to_string(step + 1) + ": expected a finite loss, found " +
                  std::to_string(value) + " (lower learning_rate.peak?)");
    }
    torch::autograd::backward({loss / parts}, {});
    total += value;
  }
  return total / parts;
}

void validate(TrainingTask& task, std::int64_t step, const LoopObserver& observer) {
  at::NoGradGuard no_grad;
  const Figures figures = task.validate();
  if (observer.on_validation) observer.on_validation(step, figures);
}

void save(TrainingTask& task, std::int64_t step, const LoopObserver& observer) {
  at::NoGradGuard no_grad;
  task.save(step);
  if (observer.on_save) observer.on_save(step);
}

bool due(std::int64_t every, std::int64_t step, std::int64_t steps) {
  return step == steps || (every > 0 && step % every == 0);
}

}  // namespace

void LoopSettings::bind(SettingsBinder& binder) {
  binder.field("steps", steps, "optimiser steps").at_least(1);
  binder.field("batch_size", batch_size, "sequences in a micro-batch").at_least(1);
  binder.field("accumulation", accumulation, "micro-batches a step").at_least(1);
  binder.group("learning_rate", learning_rate, "the learning rate over the run");
  binder.group("optimizer", optimizer, "AdamW");
  binder.field("validate_every", validate_every, "steps between validations (0: at the end)")
      .at_least(0);
  binder.field("save_every", save_every, "steps between checkpoints (0: at the end)").at_least(0);
}

void run_training(TrainingTask& task, const LoopSettings& settings, const LoopObserver& observer) {
  AdamW optimizer(task.parameters(), settings.optimizer);
  const std::int64_t tokens_a_step = task.tokens_per_batch() * settings.accumulation;
  validate(task, 0, observer);
  for (std::int64_t step = 0; step < settings.steps; ++step) {
    const double loss = accumulate(task, settings, step);
    const double rate = learning_rate(settings.learning_rate, step, settings.steps);
    const double norm = optimizer.step(rate);
    const std::int64_t done = step + 1;
    if (observer.on_step) {
      observer.on_step(
          {done, settings.steps, loss, rate, norm, done * tokens_a_step, task.data_figures()});
    }
    if (due(settings.validate_every, done, settings.steps)) validate(task, done, observer);
    if (due(settings.save_every, done, settings.steps)) save(task, done, observer);
  }
}

}  // namespace tess2::train
