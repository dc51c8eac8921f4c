// The model that a run trains, without its weights: from settings, config.json and tokenizer alone.
#pragma once

#include <cstdint>
#include <filesystem>

#include "model/config.h"
#include "text/tokenizer.h"
#include "train/runs.h"

namespace tess2::train {

/// Where the tokenizer of a model's folder is: an adapter's may be its base's.
std::filesystem::path tokenizer_folder(const std::filesystem::path& folder);

/// The folder whose weights an adaptation starts from; empty for fresh ones.
std::filesystem::path start_of(const AdaptSettings& settings);

/// A fresh model of these sizes (Llama's form). Throws FormatError for sizes that do not fit each
/// other.
model::Config fresh_config(const FreshModelSettings& settings, const text::Tokenizer& tokenizer,
                           std::int64_t length);

/// `config` without the parts of the method that `parts` leaves out.
model::Config with_parts(model::Config config, const MethodParts& parts);

/// The configuration of the model that the run trains, its padding included. Throws FileError,
/// FormatError or Error where base or tokenizer cannot be used.
model::Config trained_config(const PretrainSettings& settings);
model::Config trained_config(const AdaptSettings& settings);
model::Config trained_config(const TuneSettings& settings);
model::Config trained_config(const RewardSettings& settings);

}  // namespace tess2::train
