// From prompts to answers: lays out the canvas, runs the sampler, reads the text (section 4).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "diffusion/denoiser.h"
#include "diffusion/guidance.h"
#include "generate/live_view.h"
#include "generate/settings.h"
#include "text/tokenizer.h"

namespace tess2::generate {

struct Prompt {
  std::vector<text::TokenId> ids;
  std::uint64_t seed = 0;
};

struct Answer {
  std::vector<text::TokenId> canvas;  ///< [L], prompt and span
  std::vector<text::TokenId> ids;     ///< the answer alone, cut at its end
  std::string text;
  std::int64_t steps = 0;
  /// Step at which each span position took its last token, counted from 1.
  std::vector<std::int64_t> settled_at;
};

/// Sees each step of the first prompt's canvas; the answer's positions alone.
using FrameObserver = std::function<void(const CanvasFrame&)>;

class Generator {
 public:
  /// `denoiser`, `tokenizer` and `reward` (null where guidance is off) must outlive the generator.
  /// Throws UsageError where guidance is asked for without a reward model, and Error where the
  /// vocabularies of denoiser, tokenizer and reward model differ, or there is no padding token.
  Generator(diffusion::Denoiser& denoiser, const text::Tokenizer& tokenizer,
            diffusion::RewardFunction* reward, const GenerateSettings& settings);

  /// One answer a prompt. An answer depends on its prompt, its seed and the settings alone. Throws
  /// UsageError for an empty prompt or one that leaves no place for an answer.
  std::vector<Answer> run(const std::vector<Prompt>& prompts, const FrameObserver& observe = {});

 private:
  diffusion::Canvas lay_out(const std::vector<Prompt>& prompts) const;
  Answer read(const diffusion::Canvas& canvas, const at::Tensor& ids, std::int64_t b) const;

  diffusion::Denoiser& denoiser_;
  const text::Tokenizer& tokenizer_;
  diffusion::RewardFunction* reward_;
  GenerateSettings settings_;
  text::TokenId pad_;
};

/// `ids` up to the first end-of-text or padding token.
std::vector<text::TokenId> cut_at_end(const std::vector<text::TokenId>& ids,
                                      const text::Tokenizer& tokenizer);

}  // namespace tess2::generate
