// The families of golden values and how each is computed here (the golden folder's README says what
// every key means).
#pragma once

#include <filesystem>
#include <functional>

#include "golden/report.h"
#include "golden/sensitivity.h"
#include "model/checkpoint.h"

namespace tess2::golden {

/// A folder of the form of `golden/mistral_small`.
class Goldens {
 public:
  /// Loads `diffusion/`, `reward/` and `expected.safetensors`; throws where one is missing or
  /// broken. `strict`: what rounding alone changes (sensitivity.h) counts as a difference too.
  explicit Goldens(const std::filesystem::path& folder, bool strict = false);

  /// Compares every key; a key that no family knows is a failure.
  Report compare();

 private:
  void compare_schedules();
  void compare_forward();
  void compare_training(const std::string& prefix, bool self_conditioned);
  void compare_sampling(const std::string& family, const std::string& prefix);
  void compare_guided(const std::string& prefix);
  void compare_reward();
  void compare_causal();
  void compare_nucleus();

  RunSensitivity sensitivity(const RunOutcome& outcome, diffusion::Denoiser& denoiser,
                             const std::function<RunOutcome(diffusion::Denoiser&)>& run) const;

  bool strict_;
  Expected expected_;
  model::Checkpoint diffusion_;
  model::Checkpoint reward_;
  Report report_;
};

}  // namespace tess2::golden
