#include "app/answering.h"

#include <array>
#include <cstdio>
#include <utility>

#include "core/error.h"
#include "text/dialogue.h"

namespace tess2::app {
namespace {

using model::ModelKind;

void check(const AnsweringOptions& options, const generate::GenerateSettings& settings) {
  if (!options.model) throw UsageError("--model: expected a checkpoint's folder, found nothing");
  if (options.max_new_tokens && !options.autoregressive) {
    throw UsageError("--max-new-tokens: needs --ar; a diffusion model's canvas has `length`");
  }
  if (options.max_new_tokens.value_or(1) < 1) {
    throw UsageError("--max-new-tokens: expected integer >= 1, found " +
                     std::to_string(*options.max_new_tokens));
  }
  if (!options.autoregressive) return;
  if (settings.session.guidance.scale != 0.0) {
    throw UsageError("guidance.scale: expected 0 with --ar, for only diffusion can be guided");
  }
  if (settings.session.adapts()) {
    throw UsageError(
        "--steps auto, --prompt-cache, block_length, shrink and commit: not with --ar, which has "
        "no steps to save");
  }
}

}  // namespace

void AnsweringOptions::declare(OptionSet& options) {
  options.option("-m,--model", model, "DIR", "checkpoint that answers");
  options.option("--reward-model", reward_model, "DIR", "checkpoint that guides and judges");
  options.flag("--ar", autoregressive, "the model is autoregressive");
  options.flag("--greedy", greedy, "always the best token; same as --set top_p=0");
}

Answering::Answering(const AnsweringOptions& options, const generate::GenerateSettings& settings)
    : settings_(settings) {
  check(options, settings);
  if (options.greedy) settings_.session.sampler.projection.top_p = 0.0;
  options.autoregressive ? load_causal(options) : load_diffusion(options);
}

void Answering::load_causal(const AnsweringOptions& options) {
  LoadedModel loaded = load_model(*options.model, ModelKind::kCausal);
  auto& [config, weights] = loaded.checkpoint;
  tokenizer_ = std::move(loaded.tokenizer);
  settings_.length = generate::canvas_length_for(settings_.length, config.canvas_length);
  if (options.reward_model) reward_.emplace(load_reward(*options.reward_model, *tokenizer_));
  causal_.emplace(std::move(config), std::move(weights));
  const eval::CausalAnswerSettings causal_settings{settings_.length, options.max_new_tokens,
                                                   settings_.session.sampler.projection};
  answerer_ = std::make_unique<eval::CausalAnswerer>(*causal_, *tokenizer_, causal_settings);
}

void Answering::load_diffusion(const AnsweringOptions& options) {
  LoadedDenoiser loaded = load_denoiser(*options.model);
  tokenizer_ = std::move(loaded.tokenizer);
  denoiser_ = std::move(loaded.denoiser);
  settings_.length = generate::canvas_length_for(settings_.length, loaded.config.canvas_length);
  if (options.reward_model) reward_.emplace(load_reward(*options.reward_model, *tokenizer_));
  generator_.emplace(*denoiser_, *tokenizer_, reward_ ? &*reward_ : nullptr, settings_);
  answerer_ = std::make_unique<eval::DiffusionAnswerer>(*generator_);
}

std::vector<text::TokenId> encode_text(const std::string& text, bool raw,
                                       const text::Tokenizer& tokenizer) {
  if (!raw) return text::encode_prompt(std::array{text::Message{"user", text}}, tokenizer);
  auto ids = tokenizer.encode(text);
  ids.insert(ids.begin(), tokenizer.bos());
  return ids;
}

std::string prompt_drift_note(double drift) {
  std::array<char, 80> text{};
  std::snprintf(text.data(), text.size(), "the prompt's kept keys and values had moved by %.1f %%",
                100 * drift);
  return text.data();
}

}  // namespace tess2::app
