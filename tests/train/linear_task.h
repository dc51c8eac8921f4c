// A training task whose gradients are known, and what a run of it told.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include "core/file.h"
#include "train/loop.h"

namespace tess2::train::test {

/// loss(index) = slope(index) . w; every call is remembered.
class LinearTask final : public TrainingTask {
 public:
  std::vector<tensor::NamedTensor> parameters() override { return {{"w", weight}}; }
  at::Tensor loss(std::int64_t index) override {
    asked.push_back(index);
    const double broken = std::numeric_limits<double>::quiet_NaN();
    return (weight * slope(index)).sum() * (index == broken_index ? broken : 1.0);
  }
  std::vector<LevelLoss> level_losses() const override {
    return {{0.5, static_cast<double>(asked.back())}};
  }
  std::int64_t tokens_per_batch() const override { return 7; }
  Figures validate() override {
    EXPECT_FALSE(at::GradMode::is_enabled());
    const double loss = weight[0].item<double>();
    return {{"loss", validation_losses.empty() ? loss : validation_losses.at(asked.size())}};
  }
  std::string data_position() override { return "after " + std::to_string(asked.back()); }
  void resume_data(const std::string& position) override { resumed = position; }
  std::string learned() const override { return "from " + std::to_string(asked.size()); }
  void restore_learned(const std::string& learned) override { restored = learned; }
  void write_model(const std::filesystem::path& folder) override {
    EXPECT_FALSE(at::GradMode::is_enabled());
    const std::vector<tensor::NamedTensor> tensors{{"w", weight.detach()}};
    tensor::write_tensor_folder(folder, tensors);
    write_file_atomically(folder / "config.json", [](std::ostream& out) { out << "{}"; });
  }

  static at::Tensor slope(std::int64_t index) {
    return at::tensor({1.0f + static_cast<float>(index), 2.0f});
  }

  at::Tensor weight = at::tensor({1.0f, 1.0f}).requires_grad_(true);
  std::int64_t broken_index = -1;
  /// By the number of micro-batches seen; where empty, the first weight.
  std::vector<double> validation_losses;
  std::vector<std::int64_t> asked;
  std::string resumed;
  std::string restored;
};

/// A run that saves and validates at its end alone.
inline LoopSettings settings_of(std::int64_t steps) {
  LoopSettings settings;
  settings.steps = steps;
  settings.validate_every = 0;
  settings.save_minutes = 0.0;
  settings.keep_best = false;
  settings.learning_rate.peak = 0.1;
  settings.optimizer.clip_norm = 0.0;
  return settings;
}

/// What a run told.
struct Told {
  LoopObserver observer() {
    return {.on_start = [this](std::int64_t step) { starts.push_back(step); },
            .on_step = [this](const StepReport& report) { steps.push_back(report); },
            .on_validation =
                [this](std::int64_t step, const Figures& figures) {
                  validations.push_back(step);
                  last_figures = figures;
                },
            .on_save = [this](std::int64_t step) { saves.push_back(step); },
            .stop_asked = [this] { return steps.back().step == stop_at; }};
  }

  std::int64_t stop_at = -1;
  std::vector<StepReport> steps;
  std::vector<std::int64_t> starts, validations, saves;
  Figures last_figures;
};

}  // namespace tess2::train::test
