// The reference's adaptation of stories260K, with its settings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "train/runs.h"

namespace tess2::reference {

using Losses = std::map<std::string, double>;

struct SharedFiles {
  std::filesystem::path model, training, validation, reference;
};

struct Adaptation {
  Losses losses;              ///< of the last validation
  std::vector<double> steps;  ///< training loss of each step
};

inline train::AdaptSettings reference_settings(const SharedFiles& files,
                                               const std::filesystem::path& output) {
  train::AdaptSettings settings;
  settings.base = files.model;
  settings.paths = {{files.training}, {files.validation}, output};
  settings.length = 128;
  settings.validation_rows = 64;
  settings.loop.steps = 600;
  settings.loop.batch_size = 16;
  settings.loop.learning_rate.peak = 2e-3;
  settings.loop.learning_rate.warmup_steps = 50;
  settings.loop.validate_every = 0;
  settings.seed = 1;
  return settings;
}

inline Adaptation adapt(const train::AdaptSettings& settings) {
  Adaptation result;
  train::RunObserver observer;
  observer.loop.on_validation = [&](std::int64_t, const train::Figures& figures) {
    result.losses = Losses(figures.begin(), figures.end());
  };
  observer.loop.on_step = [&](const train::StepReport& report) {
    result.steps.push_back(report.loss);
  };
  train::run_adapt(settings, "", observer);
  return result;
}

}  // namespace tess2::reference
