// Checkpoints as subcommands use them: of the kind that is wanted, with a tokenizer that fits.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "diffusion/denoiser.h"
#include "model/checkpoint.h"
#include "model/reward_model.h"
#include "text/tokenizer.h"

namespace tess2::app {

/// A checkpoint and the tokenizer beside it.
struct LoadedModel {
  model::Checkpoint checkpoint;
  std::unique_ptr<text::Tokenizer> tokenizer;
};

/// `an autoregressive model`, `a diffusion model`, `a reward model`.
std::string kind_phrase(model::ModelKind kind);

/// Loads a model of the given kind in float32. Throws FormatError for another kind (telling what to
/// use instead) and for a tokenizer of another size, both before the weights are read; else as
/// model::load_checkpoint and text::load_tokenizer.
LoadedModel load_model(const std::filesystem::path& folder, model::ModelKind kind);

/// The configuration of a model of the given kind, whose tokenizer fits and whose tensors are all
/// there. Throws as load_model, without reading the weights.
model::Config check_model(const std::filesystem::path& folder, model::ModelKind kind);

/// A diffusion model ready to predict, its weights as tensors or packed.
struct LoadedDenoiser {
  model::Config config;
  std::unique_ptr<diffusion::Denoiser> denoiser;
  std::unique_ptr<text::Tokenizer> tokenizer;
};

/// Loads a diffusion model of either form. Throws as load_model and, for a packed one, as
/// load_packed_model.
LoadedDenoiser load_denoiser(const std::filesystem::path& folder);

/// Throws FormatError unless the tokenizer of `folder`, `found`, writes each id as `expected` does.
void check_same_tokenizer(const text::Tokenizer& expected, const text::Tokenizer& found,
                          const std::filesystem::path& folder);

/// The reward model of `folder`, whose tokenizer must be `tokenizer`. Throws as load_model and
/// check_same_tokenizer.
model::RewardModel load_reward(const std::filesystem::path& folder,
                               const text::Tokenizer& tokenizer);

}  // namespace tess2::app
