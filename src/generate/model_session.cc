#include "generate/model_session.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "core/error.h"
#include "diffusion/certainty.h"
#include "diffusion/convergence.h"
#include "diffusion/logit_rows.h"
#include "diffusion/sampling.h"
#include "generate/answer_text.h"
#include "generate/settling.h"
#include "tensor/parallel.h"

namespace tess2::generate {
namespace {

using diffusion::Canvas;
using text::TokenId;
using text::Tokenizer;

// A committed slot keeps this many alternatives for whoever looks later.
constexpr std::int64_t kKeptAlternatives = 10;

void check_same_vocabulary(const std::string& what, std::int64_t expected, std::int64_t found) {
  if (expected == found) return;
  throw Error(what + ": expected a vocabulary of " + std::to_string(expected) + ", found " +
              std::to_string(found));
}

Canvas canvas_of(const Layout& layout) {
  const auto length = static_cast<std::int64_t>(layout.ids.size());
  at::Tensor ids = at::empty({1, length}, at::kLong);
  at::Tensor span = at::empty({1, length}, at::kBool);
  std::ranges::copy(layout.ids, ids.data_ptr<std::int64_t>());
  std::ranges::copy(layout.span_mask, span.data_ptr<bool>());
  return Canvas(std::move(ids), std::move(span));
}

void check(const Layout& layout, std::int64_t vocab_size) {
  const bool masks_fit = layout.ids.size() == layout.span_mask.size() &&
                         (layout.must_fill.empty() || layout.must_fill.size() == layout.ids.size());
  if (!masks_fit) throw Error("canvas: expected ids and masks of the same length");
  if (std::ranges::count(layout.span_mask, 1) == 0) {
    throw UsageError("canvas: expected a place for an answer, found none");
  }
  for (const TokenId id : layout.ids) {
    if (id >= 0 && id < vocab_size) continue;
    throw Error("token ids: expected 0 to " + std::to_string(vocab_size - 1) + ", found " +
                std::to_string(id));
  }
}

/// A denoiser that predicts text where nothing else is allowed: there the logits of the start, end
/// and padding tokens are too low to be drawn.
class TextOnly final : public diffusion::Denoiser {
 public:
  TextOnly(diffusion::Denoiser& denoiser, std::vector<std::uint8_t> must_fill,
           const Tokenizer& tokenizer)
      : denoiser_(denoiser),
        must_fill_(std::move(must_fill)),
        forbidden_({tokenizer.bos(), tokenizer.eos(), *tokenizer.pad()}) {}

  std::int64_t vocab_size() const override { return denoiser_.vocab_size(); }

  at::Tensor predict(const diffusion::DenoiserInput& input) override {
    at::Tensor logits = denoiser_.predict(input).contiguous();
    for (std::int64_t n = 0; n < logits.size(0); ++n) {
      if (!must_fill_[static_cast<std::size_t>(input.canvas.row_position(n))]) continue;
      at::Tensor row = logits.select(0, n);
      for (const TokenId id : forbidden_) row.select(0, id).fill_(kNever);
    }
    return logits;
  }

 private:
  static constexpr float kNever = -1e4f;  // finite, so that a gradient can pass

  diffusion::Denoiser& denoiser_;
  std::vector<std::uint8_t> must_fill_;
  std::array<TokenId, 3> forbidden_;
};

class ModelSession final : public Session {
 public:
  ModelSession(diffusion::Denoiser& denoiser, const Tokenizer& tokenizer,
               diffusion::RewardFunction* reward, const Layout& layout,
               const SessionSettings& settings);

  bool finished() const override { return ended_ || sampling_.finished(); }
  void step() override;
  std::int64_t steps_taken() const override { return sampling_.steps_taken(); }
  std::int64_t steps_planned() const override { return sampling_.steps_planned(); }
  std::span<const TokenId> tokens() const override { return tokens_; }
  std::size_t committed() const override { return committed_.size(); }
  std::vector<Slot> slots(std::int64_t alternatives) const override;

 private:
  // Row n of the sampling is slot n + committed().
  diffusion::LogitRow logits_of(std::size_t slot) const;
  Slot read_slot(std::size_t slot, std::int64_t alternatives) const;
  bool may_commit(std::size_t slot) const;
  void commit();

  const Tokenizer& tokenizer_;
  SessionSettings settings_;
  std::optional<TextOnly> text_only_;
  std::optional<diffusion::RewardGuidance> guidance_;
  diffusion::Sampling sampling_;
  diffusion::Convergence convergence_;
  std::vector<std::int64_t> positions_;  // of the slots
  Settling settling_;
  std::vector<TokenId> tokens_;
  std::vector<Slot> committed_;
  bool ended_ = false;
};

// Made in the order of the members: the denoiser and the guidance that the sampling refers to
// first.
ModelSession::ModelSession(diffusion::Denoiser& denoiser, const Tokenizer& tokenizer,
                           diffusion::RewardFunction* reward, const Layout& layout,
                           const SessionSettings& settings)
    : tokenizer_(tokenizer),
      settings_(settings),
      text_only_(layout.must_fill.empty()
                     ? std::nullopt
                     : std::make_optional<TextOnly>(denoiser, layout.must_fill, tokenizer)),
      guidance_(settings.guidance.scale == 0.0
                    ? std::nullopt
                    : std::make_optional<diffusion::RewardGuidance>(*reward, settings.guidance)),
      sampling_(text_only_ ? *text_only_ : denoiser, settings.sampler,
                guidance_ ? &*guidance_ : nullptr, canvas_of(layout), std::array{settings.seed}),
      settling_(static_cast<std::size_t>(sampling_.canvas().row_count())),
      tokens_(static_cast<std::size_t>(sampling_.canvas().row_count()), *tokenizer.pad()) {
  for (std::int64_t n = 0; n < sampling_.canvas().row_count(); ++n) {
    positions_.push_back(sampling_.canvas().row_position(n));
  }
}

void ModelSession::step() {
  const diffusion::StepEvent event = sampling_.step();
  const auto* rows = event.tokens.data_ptr<std::int64_t>();
  std::copy_n(rows, event.tokens.numel(), tokens_.begin() + std::ssize(committed_));
  const std::vector<std::int64_t> all(tokens_.begin(), tokens_.end());
  settling_.observe(event.step, all);
  ended_ = settings_.until_converged && convergence_.observe(event);
  if (settings_.commitment.enabled && !finished()) commit();
}

diffusion::LogitRow ModelSession::logits_of(std::size_t slot) const {
  // The sampling keeps what the rows refer to.
  return diffusion::LogitRows(
      sampling_.logits())[static_cast<std::int64_t>(slot - committed_.size())];
}

Slot ModelSession::read_slot(std::size_t slot, std::int64_t alternatives) const {
  const auto certainty =
      diffusion::certainty_of(logits_of(slot), static_cast<std::size_t>(alternatives) + 1);
  Slot read;
  read.position = positions_[slot];
  read.id = tokens_[slot];
  read.text = token_text(tokenizer_, read.id);
  read.probability = certainty.likeliest.front().probability;
  read.entropy = certainty.entropy;
  read.settled = settling_.is_settled(slot, steps_taken() - 1);
  read.settled_at = settling_.changed_at(slot) + 1;
  for (std::size_t i = 1; i < certainty.likeliest.size(); ++i) {
    const auto [token, probability] = certainty.likeliest[i];
    const auto id = static_cast<TokenId>(token);
    read.alternatives.push_back({id, token_text(tokenizer_, id), probability});
  }
  return read;
}

std::vector<Slot> ModelSession::slots(std::int64_t alternatives) const {
  if (steps_taken() == 0) return {};
  std::vector<Slot> result = committed_;
  const auto count = static_cast<std::size_t>(alternatives);
  for (Slot& slot : result) {
    if (slot.alternatives.size() > count) slot.alternatives.resize(count);
  }
  for (std::size_t slot = committed_.size(); slot < tokens_.size(); ++slot) {
    result.push_back(read_slot(slot, alternatives));
  }
  return result;
}

bool ModelSession::may_commit(std::size_t slot) const {
  const std::int64_t stable = steps_taken() - 1 - settling_.changed_at(slot);
  return stable >= settings_.commitment.stable_steps &&
         diffusion::largest_probability(logits_of(slot)) >= settings_.commitment.probability;
}

void ModelSession::commit() {
  std::size_t end = committed_.size();
  while (end < tokens_.size() && may_commit(end)) ++end;
  if (end == committed_.size()) return;
  const auto count = static_cast<std::int64_t>(end - committed_.size());
  at::Tensor chosen = at::zeros({sampling_.canvas().row_count()}, at::kBool);
  chosen.narrow(0, 0, count).fill_(true);
  std::vector<Slot> fixed;
  for (std::size_t slot = committed_.size(); slot < end; ++slot) {
    fixed.push_back(read_slot(slot, kKeptAlternatives));
    fixed.back().settled = true;
  }
  sampling_.commit(chosen);
  std::ranges::move(fixed, std::back_inserter(committed_));
  ended_ = ended_ || committed_.size() == tokens_.size();
}

}  // namespace

void check_vocabularies(const diffusion::Denoiser& denoiser, const text::Tokenizer& tokenizer,
                        const diffusion::RewardFunction* reward) {
  check_same_vocabulary("tokenizer", denoiser.vocab_size(), tokenizer.vocab_size());
  if (!tokenizer.pad()) throw Error("tokenizer: expected a padding token, found none");
  if (reward == nullptr) return;
  check_same_vocabulary("reward model", denoiser.vocab_size(), reward->vocab_size());
}

void check_guidance(const diffusion::GuidanceSettings& settings,
                    const diffusion::RewardFunction* reward) {
  if (settings.scale == 0.0 || reward != nullptr) return;
  throw UsageError("guidance.scale: needs a reward model (--reward-model)");
}

ModelSessionHost::ModelSessionHost(diffusion::Denoiser& denoiser, const text::Tokenizer& tokenizer,
                                   diffusion::RewardFunction* reward)
    : denoiser_(denoiser), tokenizer_(tokenizer), reward_(reward) {
  check_vocabularies(denoiser, tokenizer, reward);
}

std::unique_ptr<Session> ModelSessionHost::start(const Layout& layout,
                                                 const SessionSettings& settings) const {
  check(layout, denoiser_.vocab_size());
  check_guidance(settings.guidance, reward_);
  return std::make_unique<ModelSession>(denoiser_, tokenizer_, reward_, layout, settings);
}

void step_together(std::span<Session* const> sessions) {
  // One alone has all threads to itself.
  if (sessions.size() == 1) return sessions.front()->step();
  tensor::parallel_tasks(std::ssize(sessions),
                         [&](std::int64_t i) { sessions[static_cast<std::size_t>(i)]->step(); });
}

}  // namespace tess2::generate
