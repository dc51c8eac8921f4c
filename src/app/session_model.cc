#include "app/session_model.h"

#include "app/loaded_model.h"
#include "core/error.h"

namespace tess2::app {

void SessionModelOptions::declare(OptionSet& options) {
  options.option("-m,--model", model, "DIR", "diffusion checkpoint that answers");
  options.option("--reward-model", reward_model, "DIR", "checkpoint that guides");
}

SessionModel::SessionModel(const SessionModelOptions& options) {
  if (!options.model) throw UsageError("--model: expected a checkpoint's folder, found nothing");
  LoadedDenoiser loaded = load_denoiser(*options.model);
  tokenizer_ = std::move(loaded.tokenizer);
  denoiser_ = std::move(loaded.denoiser);
  trained_length_ = loaded.config.canvas_length;
  if (options.reward_model) {
    reward_.emplace(load_reward(*options.reward_model, *tokenizer_));
  }
  host_.emplace(*denoiser_, *tokenizer_, reward_ ? &*reward_ : nullptr);
}

}  // namespace tess2::app
