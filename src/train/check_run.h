// What is wrong with a run, found before anything is loaded, all of it at once.
#pragma once

#include <string>

#include "core/problems.h"
#include "train/runs.h"

namespace tess2::train {

/// Adds what is wrong with settings among themselves, each of them being in its range. Reads no
/// files.
void check_values(const PretrainSettings& settings, Problems& problems);
void check_values(const AdaptSettings& settings, Problems& problems);
void check_values(const TuneSettings& settings, Problems& problems);
void check_values(const RewardSettings& settings, Problems& problems);

/// Throws all that is wrong with a run: its values, its folders and data, and what config.json and
/// tokenizer of its base tell. Reads no weights and no training data, writes nothing. `recipe` as
/// in runs.h.
void check_run(const PretrainSettings& settings, const std::string& recipe);
void check_run(const AdaptSettings& settings, const std::string& recipe);
void check_run(const TuneSettings& settings, const std::string& recipe);
void check_run(const RewardSettings& settings, const std::string& recipe);

}  // namespace tess2::train
