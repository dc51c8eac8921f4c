// What `generate` and `eval` share: options that say which models answer, and the models.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/loaded_model.h"
#include "app/option_set.h"
#include "diffusion/denoiser.h"
#include "eval/answerer.h"
#include "generate/generator.h"
#include "generate/settings.h"
#include "model/causal_lm.h"
#include "model/reward_model.h"

namespace tess2::app {

struct AnsweringOptions {
  std::optional<std::filesystem::path> model;
  std::optional<std::filesystem::path> reward_model;
  bool autoregressive = false;
  bool greedy = false;
  std::optional<std::int64_t> max_new_tokens;  ///< for autoregressive models; no option of its own

  void declare(OptionSet& options);
};

/// The models of one call of the program, loaded and fitted together.
class Answering {
 public:
  /// Throws UsageError where no model is given and for options that contradict each other, then as
  /// load_model, check_same_tokenizer and generate::Generator.
  Answering(const AnsweringOptions& options, const generate::GenerateSettings& settings);
  Answering(const Answering&) = delete;
  Answering& operator=(const Answering&) = delete;

  const text::Tokenizer& tokenizer() const { return *tokenizer_; }
  eval::Answerer& answerer() { return *answerer_; }
  /// As they were given, with what the options and the model decide filled in.
  const generate::GenerateSettings& settings() const { return settings_; }
  /// Tokens of prompt and answer together.
  std::int64_t length() const { return settings_.length; }
  /// Null for autoregressive models.
  generate::Generator* generator() { return generator_ ? &*generator_ : nullptr; }
  /// Null for diffusion models.
  const model::CausalLM* causal() const { return causal_ ? &*causal_ : nullptr; }
  /// Null where none was given.
  const model::RewardModel* reward() const { return reward_ ? &*reward_ : nullptr; }

 private:
  void load_causal(const AnsweringOptions& options);
  void load_diffusion(const AnsweringOptions& options);

  generate::GenerateSettings settings_;
  std::unique_ptr<text::Tokenizer> tokenizer_;
  std::optional<model::RewardModel> reward_;
  std::unique_ptr<diffusion::Denoiser> denoiser_;
  std::optional<model::CausalLM> causal_;
  std::optional<generate::Generator> generator_;
  std::unique_ptr<eval::Answerer> answerer_;
};

/// Ids that ask for the answer to `text` as a user's message or, where `raw`, for what follows it.
std::vector<text::TokenId> encode_text(const std::string& text, bool raw,
                                       const text::Tokenizer& tokenizer);

/// What is told of a prompt cache (generate::Session::prompt_drift).
std::string prompt_drift_note(double drift);

}  // namespace tess2::app
