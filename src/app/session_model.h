// What `serve`, `chat` and `infill` share: a diffusion model, its tokenizer and perhaps a reward
// model, loaded and fitted together, on which sessions start.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "app/option_set.h"
#include "diffusion/denoiser.h"
#include "generate/model_session.h"
#include "model/reward_model.h"
#include "text/tokenizer.h"

namespace tess2::app {

struct SessionModelOptions {
  std::optional<std::filesystem::path> model;
  std::optional<std::filesystem::path> reward_model;

  void declare(OptionSet& options);
};

class SessionModel {
 public:
  /// Throws UsageError where no model is given, then as load_model, check_same_tokenizer and
  /// generate::ModelSessionHost.
  explicit SessionModel(const SessionModelOptions& options);
  SessionModel(const SessionModel&) = delete;
  SessionModel& operator=(const SessionModel&) = delete;

  const generate::SessionHost& host() const { return *host_; }
  const text::Tokenizer& tokenizer() const { return *tokenizer_; }
  /// Positions of the canvases that the model was trained on; 0 where it does not tell.
  std::int64_t trained_length() const { return trained_length_; }

 private:
  std::unique_ptr<text::Tokenizer> tokenizer_;
  std::unique_ptr<diffusion::Denoiser> denoiser_;
  std::int64_t trained_length_ = 0;
  std::optional<model::RewardModel> reward_;
  std::optional<generate::ModelSessionHost> host_;
};

}  // namespace tess2::app
