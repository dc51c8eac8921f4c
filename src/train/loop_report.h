// What a training run tells while it goes.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "data/shuffle.h"

namespace tess2::train {

/// Named figures, in the order to show them.
using Figures = std::vector<std::pair<std::string, double>>;

/// The loss of one sequence at the noise level t / T, in [0, 1).
struct LevelLoss {
  double level;
  double loss;
};

/// A text that the model wrote, and what it was given before it.
struct Sample {
  std::string given;
  std::string text;
};
using Samples = std::vector<Sample>;

/// Differences of a reward model's scores, chosen minus rejected, one a pair.
using Margins = std::vector<double>;

struct StepReport {
  std::int64_t step;  ///< steps done
  std::int64_t steps;
  double loss;  ///< mean over the step's micro-batches
  double learning_rate;
  double gradient_norm;
  std::int64_t tokens;  ///< tokens read so far
  data::DataFigures data = {};
  double seconds = 0.0;                ///< spent on the run so far, its earlier parts included
  double tokens_per_second = 0.0;      ///< of this step
  std::vector<LevelLoss> levels = {};  ///< of the step's sequences, where the task has levels
};

}  // namespace tess2::train
