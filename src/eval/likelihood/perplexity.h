// Perplexity of texts, from what each of them cost.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "eval/likelihood/estimate.h"
#include "eval/likelihood/texts.h"
#include "model/causal_lm.h"

namespace tess2::eval {

/// What a text costs: -log p of its scored tokens, in nats, or a bound on it.
struct TextCost {
  double nats = 0.0;
  std::int64_t tokens = 0;
  std::int64_t words = 0;
  std::int64_t bytes = 0;
};

/// Means over texts with 95 % intervals. Figures by word and by byte compare models of different
/// tokenizers; the end token costs nats and is neither a word nor a byte.
struct Perplexity {
  Estimate nats_per_token;
  Estimate per_token;      ///< exp of the nats a token
  Estimate per_word;       ///< exp of the nats a word
  Estimate bits_per_byte;  ///< nats / log 2 a byte
  std::int64_t texts = 0;
  std::int64_t tokens = 0;
};

Perplexity perplexity_of(std::span<const TextCost> costs, std::uint64_t seed);

/// -log p of each text under an autoregressive model, exactly. `on_text` (it may be empty) is told
/// how many are done. Throws Error for an id outside the model's vocabulary.
std::vector<TextCost> causal_costs(const model::CausalLM& lm, std::span<const ScoredText> texts,
                                   const std::function<void(std::int64_t done)>& on_text = {});

}  // namespace tess2::eval
