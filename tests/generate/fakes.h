// Models whose predictions are known, for the small tokenizer of the text tests.
#pragma once

#include <utility>
#include <vector>

#include "diffusion/denoiser.h"
#include "diffusion/guidance.h"
#include "text/text_test_support.h"

namespace tess2::generate {

using text::TokenId;

inline constexpr std::int64_t kVocabulary = text::kSmallVocabulary + 1;

// Is sure of one token a position, whatever it is shown; elsewhere of padding.
class ScriptedDenoiser final : public diffusion::Denoiser {
 public:
  // `tokens` stand from position `first` on.
  ScriptedDenoiser(std::int64_t first, std::vector<TokenId> tokens)
      : first_(first), tokens_(std::move(tokens)) {}

  std::int64_t vocab_size() const override { return kVocabulary; }

  at::Tensor predict(const diffusion::DenoiserInput& input) override {
    at::Tensor logits = at::zeros({input.canvas.row_count(), kVocabulary});
    for (std::int64_t n = 0; n < logits.size(0); ++n) {
      logits.index_put_({at::tensor(n), at::tensor(token_at(input.canvas.row_position(n)))}, 100.0);
    }
    return logits;
  }

 private:
  std::int64_t token_at(std::int64_t position) const {
    const std::int64_t i = position - first_;
    return i < std::ssize(tokens_) ? tokens_[static_cast<std::size_t>(i)] : kVocabulary - 1;
  }

  std::int64_t first_;
  std::vector<TokenId> tokens_;
};

// Likes one token, at every position of the span.
class TokenReward final : public diffusion::RewardFunction {
 public:
  explicit TokenReward(TokenId token, std::int64_t vocab_size = kVocabulary)
      : token_(token), vocab_size_(vocab_size) {}

  std::int64_t vocab_size() const override { return vocab_size_; }
  at::Tensor reward(const diffusion::Canvas&, std::int64_t, const at::Tensor& weights) override {
    return weights.select(1, token_).sum();
  }

 private:
  TokenId token_;
  std::int64_t vocab_size_;
};

}  // namespace tess2::generate
