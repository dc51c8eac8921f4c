// A model that writes what it is told to, and a server on it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/random.h"
#include "generate/answer_text.h"
#include "generate/session.h"
#include "text/text_test_support.h"

namespace tess2::serve {

/// What a fake session writes.
struct Script {
  std::vector<text::TokenId> tokens;               ///< all places of its span
  std::function<void(std::int64_t)> on_step = {};  ///< before each step, from 1; may wait or throw
};

/// Writes its script from left to right: after step s of S, the first s/S of it stand. All other
/// places hold a token that the script does not want there.
class FakeSession final : public generate::Session {
 public:
  FakeSession(Script script, const generate::Layout& layout,
              const generate::SessionSettings& settings, const text::Tokenizer& tokenizer)
      : script_(std::move(script)), settings_(settings), tokenizer_(tokenizer) {
    for (std::size_t i = 0; i < layout.ids.size(); ++i) {
      if (layout.span_mask[i] != 0) positions_.push_back(static_cast<std::int64_t>(i));
    }
    tokens_.assign(positions_.size(), *tokenizer.pad());
  }

  bool finished() const override {
    return steps_ == settings_.sampler.steps || committed() == tokens_.size() ||
           (settings_.until_converged && right_ == tokens_.size());
  }
  void step() override {
    ++steps_;
    if (script_.on_step) script_.on_step(steps_);
    const auto total = static_cast<std::int64_t>(tokens_.size());
    // Twice as fast where it may stop early, so that it does.
    const std::int64_t speed = settings_.until_converged ? 2 : 1;
    right_ =
        static_cast<std::size_t>(std::min(total, total * steps_ * speed / settings_.sampler.steps));
    for (std::size_t i = 0; i < tokens_.size(); ++i) {
      tokens_[i] = i < right_ ? script_.tokens[i] : wrong_token(script_.tokens[i]);
    }
  }
  std::int64_t steps_taken() const override { return steps_; }
  std::int64_t steps_planned() const override { return settings_.sampler.steps; }
  std::span<const text::TokenId> tokens() const override { return tokens_; }
  std::size_t committed() const override { return settings_.commitment.enabled ? right_ : 0; }
  std::vector<generate::Slot> slots(std::int64_t alternatives) const override {
    std::vector<generate::Slot> slots;
    for (std::size_t i = 0; i < tokens_.size() && steps_ > 0; ++i) {
      generate::Slot slot;
      slot.position = positions_[i];
      slot.id = tokens_[i];
      slot.text = generate::token_text(tokenizer_, slot.id);
      slot.probability = 0.75f;
      slot.entropy = 0.5f;
      slot.settled = i < right_;
      slot.settled_at = steps_;
      for (std::int64_t k = 0; k < alternatives; ++k) {
        const auto id = static_cast<text::TokenId>(100 + k);
        slot.alternatives.push_back({id, generate::token_text(tokenizer_, id), 0.1f});
      }
      slots.push_back(std::move(slot));
    }
    return slots;
  }

 private:
  text::TokenId wrong_token(text::TokenId right) const { return right == 70 ? 71 : 70; }

  Script script_;
  generate::SessionSettings settings_;
  const text::Tokenizer& tokenizer_;
  std::vector<std::int64_t> positions_;
  std::vector<text::TokenId> tokens_;
  std::size_t right_ = 0;
  std::int64_t steps_ = 0;
};

class FakeHost final : public generate::SessionHost {
 public:
  using Write = std::function<std::string(std::uint64_t seed)>;

  /// What answers say; where it is shorter than the span, an end token follows.
  Write write = seeded_text;
  std::function<void(std::int64_t)> on_step = {};
  bool guides = false;

  /// Four words that depend on the seed.
  static std::string seeded_text(std::uint64_t seed) {
    static const std::vector<std::string> kWords = {"the", "cat", "sat", "on", "mat", "dog", "log"};
    Rng rng(seed, Stream::kSynthetic);
    std::string text = rng.pick(kWords);
    for (int i = 0; i < 3; ++i) text += " " + rng.pick(kWords);
    return text;
  }

  const text::Tokenizer& tokenizer() const override { return *tokenizer_; }
  bool can_guide() const override { return guides; }
  std::unique_ptr<generate::Session> start(
      const generate::Layout& layout, const generate::SessionSettings& settings) const override {
    const std::lock_guard lock(mutex_);
    layouts_.push_back(layout);
    settings_.push_back(settings);
    const auto places = std::count(layout.span_mask.begin(), layout.span_mask.end(), 1);
    Script script{tokens_of(write(settings.seed), static_cast<std::size_t>(places)), on_step};
    return std::make_unique<FakeSession>(std::move(script), layout, settings, *tokenizer_);
  }

  /// What sessions were started with, in their order.
  std::vector<generate::Layout> layouts() const {
    const std::lock_guard lock(mutex_);
    return layouts_;
  }
  std::vector<generate::SessionSettings> settings() const {
    const std::lock_guard lock(mutex_);
    return settings_;
  }
  std::size_t started() const { return settings().size(); }

 private:
  std::vector<text::TokenId> tokens_of(const std::string& text, std::size_t places) const {
    auto tokens = tokenizer_->encode(text);
    if (tokens.size() < places) tokens.push_back(tokenizer_->eos());
    tokens.resize(places, *tokenizer_->pad());
    return tokens;
  }

  std::unique_ptr<text::Tokenizer> tokenizer_ = text::small_padded_tokenizer();
  mutable std::mutex mutex_;
  mutable std::vector<generate::Layout> layouts_;
  mutable std::vector<generate::SessionSettings> settings_;
};

}  // namespace tess2::serve
