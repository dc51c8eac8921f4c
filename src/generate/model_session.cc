#include "generate/model_session.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "core/error.h"
#include "diffusion/certainty.h"
#include "diffusion/convergence.h"
#include "diffusion/logit_rows.h"
#include "diffusion/sampling.h"
#include "generate/answer_text.h"
#include "generate/blocks.h"
#include "generate/settling.h"
#include "tensor/parallel.h"

namespace tess2::generate {
namespace {

using diffusion::Canvas;
using text::TokenId;
using text::Tokenizer;

// A fixed slot keeps this many alternatives for whoever looks later.
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
  bool keeps_context() const override { return denoiser_.keeps_context(); }
  std::span<const double> level_shares() const override { return denoiser_.level_shares(); }

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

diffusion::SamplerSettings with_steps(diffusion::SamplerSettings settings, std::int64_t steps) {
  settings.steps = steps;
  return settings;
}

class ModelSession final : public Session {
 public:
  ModelSession(diffusion::Denoiser& denoiser, const Tokenizer& tokenizer,
               diffusion::RewardFunction* reward, const Layout& layout,
               const SessionSettings& settings);

  bool finished() const override { return ended_ || open_.empty(); }
  void step() override;
  std::int64_t steps_taken() const override { return sampling_.steps_taken(); }
  std::int64_t steps_planned() const override { return blocks_.total_steps(); }
  std::span<const TokenId> tokens() const override { return tokens_; }
  std::optional<double> prompt_drift() const override;
  std::size_t committed() const override;
  std::vector<Slot> slots(std::int64_t alternatives) const override;

 private:
  diffusion::LogitRow logits_of(std::size_t row) const;
  Slot read_slot(std::size_t row, std::int64_t alternatives) const;
  std::size_t block_end() const { return static_cast<std::size_t>(blocks_.end(block_)); }
  std::int64_t rows_of_block() const;
  bool has_settled(std::size_t row) const;
  bool slot_has_settled(std::size_t slot) const;
  void begin_block();
  void end_block();
  void commit_settled();
  void commit(const std::vector<bool>& chosen);
  void shrink();
  void fix(const std::vector<bool>& chosen);

  const Tokenizer& tokenizer_;
  SessionSettings settings_;
  std::optional<TextOnly> text_only_;
  std::optional<diffusion::RewardGuidance> guidance_;
  Blocks blocks_;
  diffusion::Sampling sampling_;
  diffusion::Convergence convergence_;
  std::vector<std::int64_t> positions_;     // of the slots
  std::vector<std::size_t> open_;           // the slot of each row of the sampling
  std::vector<std::optional<Slot>> fixed_;  // the other slots as they were when they left the rows
  Settling settling_;
  std::vector<TokenId> tokens_;
  std::int64_t block_ = 0;
  bool block_ended_ = false;  // the next step begins another
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
      blocks_(std::ranges::count(layout.span_mask, 1), settings),
      sampling_(text_only_ ? *text_only_ : denoiser, with_steps(settings.sampler, blocks_.steps(0)),
                guidance_ ? &*guidance_ : nullptr, canvas_of(layout), std::array{settings.seed}),
      convergence_(settings.convergence),
      open_(static_cast<std::size_t>(sampling_.canvas().row_count())),
      fixed_(open_.size()),
      settling_(open_.size()),
      tokens_(open_.size(), *tokenizer.pad()) {
  std::iota(open_.begin(), open_.end(), std::size_t{0});
  for (std::int64_t n = 0; n < sampling_.canvas().row_count(); ++n) {
    positions_.push_back(sampling_.canvas().row_position(n));
  }
}

void ModelSession::step() {
  if (block_ended_) begin_block();
  const diffusion::StepEvent event = sampling_.step();
  const auto* rows = event.tokens.data_ptr<std::int64_t>();
  for (std::size_t row = 0; row < open_.size(); ++row) {
    tokens_[open_[row]] = static_cast<TokenId>(rows[row]);
  }
  settling_.observe(event.step, std::vector<std::int64_t>(tokens_.begin(), tokens_.end()));
  const bool converged = settings_.until_converged && convergence_.observe(event, rows_of_block());
  if (converged || sampling_.finished()) return end_block();
  if (settings_.shrink) shrink();
  if (settings_.commitment.enabled) commit_settled();
  if (rows_of_block() == 0) end_block();
}

std::int64_t ModelSession::rows_of_block() const {
  return std::ranges::lower_bound(open_, block_end()) - open_.begin();
}

// An answer that goes on with nothing but its end needs no other block. Where the block ended
// early, what lies behind it counts only if it has come to rest.
void ModelSession::end_block() {
  block_ended_ = true;
  const auto rest = std::span(open_).subspan(static_cast<std::size_t>(rows_of_block()));
  ended_ = std::ranges::all_of(rest, [&](std::size_t slot) {
    return ends_answer(tokens_[slot], tokenizer_) &&
           (sampling_.finished() || settling_.is_settled(slot, steps_taken() - 1));
  });
  if (ended_) return;
  std::vector<bool> chosen(open_.size());
  std::fill_n(chosen.begin(), rows_of_block(), true);
  commit(chosen);
}

void ModelSession::begin_block() {
  ++block_;
  sampling_.restart(blocks_.steps(block_));
  convergence_ = diffusion::Convergence(settings_.convergence);
  settling_ = Settling(tokens_.size());
  block_ended_ = false;
}

std::optional<double> ModelSession::prompt_drift() const {
  if (sampling_.contexts().empty()) return std::nullopt;
  return sampling_.contexts().front().drift();
}

std::size_t ModelSession::committed() const {
  const auto open = std::ranges::find_if(fixed_, [](const auto& slot) { return !slot; });
  return static_cast<std::size_t>(open - fixed_.begin());
}

diffusion::LogitRow ModelSession::logits_of(std::size_t row) const {
  // The sampling keeps what the rows refer to.
  return diffusion::LogitRows(sampling_.logits())[static_cast<std::int64_t>(row)];
}

Slot ModelSession::read_slot(std::size_t row, std::int64_t alternatives) const {
  const auto certainty =
      diffusion::certainty_of(logits_of(row), static_cast<std::size_t>(alternatives) + 1);
  const std::size_t slot = open_[row];
  Slot read;
  read.position = positions_[slot];
  read.id = tokens_[slot];
  read.text = token_text(tokenizer_, read.id);
  read.probability = certainty.likeliest.front().probability;
  read.entropy = certainty.entropy;
  read.settled = slot < block_end() && settling_.is_settled(slot, steps_taken() - 1);
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
  std::vector<Slot> result(fixed_.size());
  for (std::size_t row = 0; row < open_.size(); ++row) {
    result[open_[row]] = read_slot(row, alternatives);
  }
  const auto count = static_cast<std::size_t>(alternatives);
  for (std::size_t slot = 0; slot < fixed_.size(); ++slot) {
    if (!fixed_[slot]) continue;
    result[slot] = *fixed_[slot];
    if (result[slot].alternatives.size() > count) result[slot].alternatives.resize(count);
  }
  return result;
}

// Nothing settles behind the block that is written.
bool ModelSession::has_settled(std::size_t row) const {
  if (open_[row] >= block_end()) return false;
  const std::int64_t stable = steps_taken() - 1 - settling_.changed_at(open_[row]);
  return stable >= settings_.commitment.stable_steps &&
         diffusion::largest_probability(logits_of(row)) >= settings_.commitment.probability;
}

bool ModelSession::slot_has_settled(std::size_t slot) const {
  if (fixed_[slot]) return true;
  const auto row = std::ranges::lower_bound(open_, slot) - open_.begin();
  return has_settled(static_cast<std::size_t>(row));
}

// The end and the padding behind it are committed from the beginning on wherever the others are: a
// model that has seen them in the span alone answers worse with them as context.
void ModelSession::commit_settled() {
  const bool anywhere = settings_.commitment.place == CommitmentPlace::kAnywhere;
  std::vector<bool> chosen(open_.size());
  bool all_before = true;
  for (std::size_t row = 0; row < open_.size(); ++row) {
    const bool is_text = !ends_answer(tokens_[open_[row]], tokenizer_);
    if (!all_before && !anywhere) break;
    chosen[row] = (all_before || is_text) && has_settled(row);
    all_before = all_before && chosen[row];
  }
  commit(chosen);
}

void ModelSession::commit(const std::vector<bool>& chosen) {
  if (std::ranges::count(chosen, true) == 0) return;
  at::Tensor mask = at::zeros({std::ssize(chosen)}, at::kBool);
  std::ranges::copy(chosen, mask.data_ptr<bool>());
  fix(chosen);
  sampling_.commit(mask);
}

// The end is the first of the end and padding tokens behind which nothing else is left. Without a
// margin: what has settled there is what commitment would not take back either.
void ModelSession::shrink() {
  std::int64_t position = sampling_.canvas().length();
  auto end = std::ranges::lower_bound(positions_, position) - positions_.begin();
  const auto is_ending = [&](std::size_t slot) {
    return positions_[slot] == position - 1 && ends_answer(tokens_[slot], tokenizer_);
  };
  for (; end > 0 && is_ending(static_cast<std::size_t>(end) - 1); --end) --position;
  if (position + 1 >= sampling_.canvas().length()) return;
  const auto last = static_cast<std::size_t>(end);
  if (!slot_has_settled(last)) return;
  std::vector<bool> chosen(open_.size());
  std::transform(open_.begin(), open_.end(), chosen.begin(),
                 [&](std::size_t slot) { return slot > last; });
  fix(chosen);
  sampling_.shorten(position + 1);
}

// Keeps how the slots of the chosen rows stand, which leave the rows now.
void ModelSession::fix(const std::vector<bool>& chosen) {
  std::vector<std::size_t> left;
  for (std::size_t row = 0; row < open_.size(); ++row) {
    if (!chosen[row]) {
      left.push_back(open_[row]);
      continue;
    }
    Slot& slot = fixed_[open_[row]].emplace(read_slot(row, kKeptAlternatives));
    slot.settled = true;
  }
  open_ = std::move(left);
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

void check_prompt_cache(const diffusion::SamplerSettings& settings,
                        const diffusion::Denoiser& denoiser) {
  if (settings.prompt_cache == 1 || denoiser.keeps_context()) return;
  throw UsageError("prompt_cache: needs a packed model (tess2 quantize)");
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
  check_prompt_cache(settings.sampler, denoiser_);
  return std::make_unique<ModelSession>(denoiser_, tokenizer_, reward_, layout, settings);
}

}  // namespace tess2::generate
