// From prompts to answers: lays out the canvases, runs sessions on them, reads the text (section
// 4).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "diffusion/denoiser.h"
#include "diffusion/guidance.h"
#include "generate/live_view.h"
#include "generate/model_session.h"
#include "generate/settings.h"
#include "text/tokenizer.h"

namespace tess2::generate {

struct Prompt {
  std::vector<text::TokenId> ids;
  std::uint64_t seed = 0;
  std::int64_t places =
      0;  ///< for the answer; 0: those that a canvas of the set length leaves free
};

struct Answer {
  std::vector<text::TokenId> places;  ///< [N] the token at each place behind the prompt
  std::vector<text::TokenId> ids;     ///< the answer alone, cut at its end
  std::string text;
  std::int64_t steps = 0;
  std::optional<double> prompt_drift;  ///< Session::prompt_drift
  double seconds = 0.0;  ///< from its first step to its last, those beside it included
};

/// Sees each step of the first prompt's canvas; the answer's positions alone.
using FrameObserver = std::function<void(const CanvasFrame&)>;

class Generator {
 public:
  /// `denoiser`, `tokenizer` and `reward` (null where guidance is off) must outlive the generator.
  /// Throws as check_guidance, check_prompt_cache and ModelSessionHost.
  Generator(diffusion::Denoiser& denoiser, const text::Tokenizer& tokenizer,
            diffusion::RewardFunction* reward, const GenerateSettings& settings);

  /// One answer a prompt. An answer depends on its prompt, its seed and the settings alone. Throws
  /// UsageError for an empty prompt or one that leaves no place for an answer.
  std::vector<Answer> run(const std::vector<Prompt>& prompts,
                          const FrameObserver& observe = {}) const;

 private:
  void check(const std::vector<Prompt>& prompts) const;
  std::int64_t places_of(const Prompt& prompt) const;
  std::unique_ptr<Session> start(const Prompt& prompt) const;

  ModelSessionHost host_;
  GenerateSettings settings_;
};

/// `ids` up to the first end-of-text or padding token.
std::vector<text::TokenId> cut_at_end(const std::vector<text::TokenId>& ids,
                                      const text::Tokenizer& tokenizer);

}  // namespace tess2::generate
