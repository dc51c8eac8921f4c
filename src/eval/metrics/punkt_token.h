// Words as the sentence splitter sees them.
#pragma once

#include <vector>

#include "eval/metrics/unicode.h"

namespace tess2::eval {

/// A word, which keeps its full stop and inner marks, or a mark on its own.
struct PunktToken {
  explicit PunktToken(TextView token);

  Text text;
  Text type;          ///< in lower case; every number is the same
  bool break_after;   ///< a sentence ends here, as far as the token alone tells
  bool abbreviation;  ///< one that is known
  bool ellipsis;      ///< two or more full stops and nothing else

  bool ends_in_period() const { return text.back() == U'.'; }
  bool is_initial() const;
  bool is_number() const;
  /// `type` without its full stop.
  TextView bare_type() const;
  /// `type`, without its full stop where that ends a sentence.
  TextView next_type() const { return break_after ? bare_type() : TextView(type); }
};

/// The tokens of `text`, line by line.
std::vector<PunktToken> punkt_tokens(TextView text);

/// Marks that a word cannot hold.
bool is_non_word_mark(char32_t c);

}  // namespace tess2::eval
