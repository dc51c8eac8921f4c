// Sessions on a loaded model.
#pragma once

#include <memory>

#include "diffusion/denoiser.h"
#include "diffusion/guidance.h"
#include "generate/session.h"
#include "text/tokenizer.h"

namespace tess2::generate {

class ModelSessionHost final : public SessionHost {
 public:
  /// `denoiser`, `tokenizer` and `reward` (null where nothing guides) must outlive the host and its
  /// sessions. Throws Error where the vocabularies of denoiser, tokenizer and reward model differ,
  /// or there is no padding token.
  ModelSessionHost(diffusion::Denoiser& denoiser, const text::Tokenizer& tokenizer,
                   diffusion::RewardFunction* reward);

  const text::Tokenizer& tokenizer() const override { return tokenizer_; }
  bool can_guide() const override { return reward_ != nullptr; }
  std::unique_ptr<Session> start(const Layout& layout,
                                 const SessionSettings& settings) const override;

 private:
  diffusion::Denoiser& denoiser_;
  const text::Tokenizer& tokenizer_;
  diffusion::RewardFunction* reward_;
};

/// Throws Error where the vocabularies of denoiser, tokenizer and reward model (null where there
/// is none) differ, or there is no padding token.
void check_vocabularies(const diffusion::Denoiser& denoiser, const text::Tokenizer& tokenizer,
                        const diffusion::RewardFunction* reward);

/// Throws UsageError where `settings` ask for guidance and `reward` is null.
void check_guidance(const diffusion::GuidanceSettings& settings,
                    const diffusion::RewardFunction* reward);

/// Throws UsageError where `settings` ask for a prompt cache and `denoiser` keeps no context.
void check_prompt_cache(const diffusion::SamplerSettings& settings,
                        const diffusion::Denoiser& denoiser);

}  // namespace tess2::generate
