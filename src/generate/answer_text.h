// The text of an answer while it is being written: what is certain of it, where it ends.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace tess2::generate {

/// Whether an answer ends at this token: the end token, or padding.
bool ends_answer(text::TokenId id, const text::Tokenizer& tokenizer);

enum class FinishReason {
  kStop,    ///< the model ended the answer, or a stop text came
  kLength,  ///< the places for the answer are used up
};

/// An answer's text as far as it is known.
struct AnswerText {
  std::string text;         ///< up to the end token or the first stop text
  std::int64_t tokens = 0;  ///< of the answer, its end token included
  /// Only meaningful for a whole answer.
  FinishReason reason = FinishReason::kLength;
};

/// The whole answer that `tokens` (all places of the span) stand for. `stops` are texts before the
/// first of which the answer ends.
AnswerText read_answer(std::span<const text::TokenId> tokens, std::span<const std::string> stops,
                       const text::Tokenizer& tokenizer);

/// What may be sent of an answer of which `committed` tokens are fixed: text that every
/// continuation begins with. Holds back bytes of an unfinished character and what may turn out to
/// be the beginning of a stop text. `complete` tells that the end (token or stop text) is among
/// them, so that nothing can follow.
struct CertainText {
  std::string text;
  bool complete = false;
};
CertainText certain_text(std::span<const text::TokenId> committed,
                         std::span<const std::string> stops, const text::Tokenizer& tokenizer);

/// The text of `ids` as it goes on behind other text: with the space before it, which decoding
/// alone would take away.
std::string continuation_text(const text::Tokenizer& tokenizer, std::span<const text::TokenId> ids);

/// The text of one token with the space before it, which decoding alone would take away. Bytes
/// that are not UTF-8 by themselves are shown as U+FFFD.
std::string token_text(const text::Tokenizer& tokenizer, text::TokenId id);

}  // namespace tess2::generate
