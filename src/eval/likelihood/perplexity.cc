#include "eval/likelihood/perplexity.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.h"

namespace tess2::eval {
namespace {

template <class Weight>
Estimate mean_cost(std::span<const TextCost> costs, std::uint64_t seed, Weight weight) {
  std::vector<Amount> amounts;
  for (const TextCost& cost : costs) {
    amounts.push_back({cost.nats, static_cast<double>(weight(cost))});
  }
  return ratio_estimate(amounts, seed);
}

double exponential(double x) {
  return std::exp(x);
}

void check_ids(const ScoredText& text, std::int64_t vocab_size) {
  for (const std::int64_t id : text.ids) {
    if (id >= 0 && id < vocab_size) continue;
    throw Error("token ids: expected 0 to " + std::to_string(vocab_size - 1) + ", found " +
                std::to_string(id));
  }
}

}  // namespace

Perplexity perplexity_of(std::span<const TextCost> costs, std::uint64_t seed) {
  Perplexity found;
  found.nats_per_token = mean_cost(costs, seed, [](const TextCost& c) { return c.tokens; });
  found.per_token = mapped(found.nats_per_token, exponential);
  found.per_word =
      mapped(mean_cost(costs, seed, [](const TextCost& c) { return c.words; }), exponential);
  found.bits_per_byte = mapped(mean_cost(costs, seed, [](const TextCost& c) { return c.bytes; }),
                               [](double nats) { return nats / std::numbers::ln2; });
  found.texts = std::ssize(costs);
  for (const TextCost& cost : costs) found.tokens += cost.tokens;
  return found;
}

std::vector<TextCost> causal_costs(const model::CausalLM& lm, std::span<const ScoredText> texts,
                                   const std::function<void(std::int64_t done)>& on_text) {
  std::vector<TextCost> costs;
  for (const ScoredText& text : texts) {
    check_ids(text, lm.config().vocab_size);
    costs.push_back(
        {lm.negative_log_likelihood(text.ids, text.first), text.tokens(), text.words, text.bytes});
    if (on_text) on_text(std::ssize(costs));
  }
  return costs;
}

}  // namespace tess2::eval
