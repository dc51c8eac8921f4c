#include "generate/answer_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace tess2::generate {
namespace {

using text::TokenId;
using text::Tokenizer;

using Stops = std::span<const std::string>;

// The place of the stop text that is complete first in `text`: what a reader from left to right
// would see first, so that more text behind it changes nothing.
std::optional<std::size_t> find_stop(std::string_view text, Stops stops) {
  std::optional<std::size_t> begin;
  std::size_t first_end = std::string_view::npos;
  for (const std::string& stop : stops) {
    const std::size_t at = text.find(stop);
    if (at == std::string_view::npos) continue;
    const std::size_t end = at + stop.size();
    if (begin && (end > first_end || (end == first_end && at >= *begin))) continue;
    begin = at;
    first_end = end;
  }
  return begin;
}

// Length of the longest end of `text` with which one of `stops` begins.
std::size_t begun_stop(std::string_view text, Stops stops) {
  std::size_t longest = 0;
  for (const std::string& stop : stops) {
    for (std::size_t n = std::min(stop.size() - 1, text.size()); n > longest; --n) {
      if (text.ends_with(std::string_view(stop).substr(0, n))) longest = n;
    }
  }
  return longest;
}

std::span<const TokenId> before_end(std::span<const TokenId> tokens, const Tokenizer& tokenizer) {
  const auto end =
      std::ranges::find_if(tokens, [&](TokenId id) { return ends_answer(id, tokenizer); });
  return tokens.first(static_cast<std::size_t>(end - tokens.begin()));
}

// How many of `ids` it takes until their text holds a stop.
std::int64_t tokens_to_stop(std::span<const TokenId> ids, Stops stops, const Tokenizer& tokenizer) {
  for (std::size_t n = 1; n < ids.size(); ++n) {
    if (find_stop(tokenizer.decode(ids.first(n)), stops)) return static_cast<std::int64_t>(n);
  }
  return static_cast<std::int64_t>(ids.size());
}

}  // namespace

bool ends_answer(TokenId id, const Tokenizer& tokenizer) {
  return id == tokenizer.eos() || id == tokenizer.pad();
}

AnswerText read_answer(std::span<const TokenId> tokens, std::span<const std::string> stops,
                       const Tokenizer& tokenizer) {
  const auto ids = before_end(tokens, tokenizer);
  const auto count = static_cast<std::int64_t>(ids.size());
  std::string text = tokenizer.decode(ids);
  if (const auto stop = find_stop(text, stops)) {
    return {text.substr(0, *stop), tokens_to_stop(ids, stops, tokenizer), FinishReason::kStop};
  }
  if (ids.size() < tokens.size()) return {std::move(text), count + 1, FinishReason::kStop};
  return {std::move(text), count, FinishReason::kLength};
}

CertainText certain_text(std::span<const TokenId> committed, std::span<const std::string> stops,
                         const Tokenizer& tokenizer) {
  auto ids = before_end(committed, tokenizer);
  const bool ended = ids.size() < committed.size();
  // A byte may belong to a character of which more is to come.
  while (!ended && !ids.empty() && tokenizer.is_byte(ids.back())) ids = ids.first(ids.size() - 1);
  std::string text = tokenizer.decode(ids);
  if (const auto stop = find_stop(text, stops)) return {text.substr(0, *stop), true};
  if (!ended) text.resize(text.size() - begun_stop(text, stops));
  return {std::move(text), ended};
}

std::string continuation_text(const Tokenizer& tokenizer, std::span<const TokenId> ids) {
  std::vector<TokenId> after_start{tokenizer.bos()};
  after_start.insert(after_start.end(), ids.begin(), ids.end());
  const std::string start = tokenizer.decode(std::span(after_start).first(1));
  return tokenizer.decode(after_start).substr(start.size());
}

std::string token_text(const Tokenizer& tokenizer, TokenId id) {
  return continuation_text(tokenizer, std::array{id});
}

}  // namespace tess2::generate
