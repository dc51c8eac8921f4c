// Packed checkpoints as subcommands use them.
#pragma once

#include <filesystem>

#include "engine/packed_lm.h"
#include "model/config.h"

namespace tess2::app {

/// Throws Error where the machine has too little memory for a packed model, telling how much it
/// needs and how much there is; before anything is allocated.
void check_memory(const model::Config& config, engine::WeightFormat format);

/// Loads a packed diffusion model. Throws as check_memory, engine::packed_format and
/// engine::load_packed_weights.
engine::PackedSimplexLM load_packed_model(const std::filesystem::path& folder);

}  // namespace tess2::app
