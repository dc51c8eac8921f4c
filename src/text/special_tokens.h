// Finds the special tokens written out inside a text.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace tess2::text {

class SpecialTokens {
 public:
  /// A special token in a text: bytes [begin, end).
  struct Match {
    std::size_t begin;
    std::size_t end;
    TokenId id;
  };

  /// Makes `content`, which is not empty, match as `id`.
  void add(std::string content, TokenId id);

  /// The first special token at or after `from`, the longest where several begin at one place.
  std::optional<Match> find(std::string_view text, std::size_t from) const;

 private:
  struct Entry {
    std::string content;
    TokenId id;
  };

  // The entries of each first byte, longest first.
  std::array<std::vector<Entry>, 256> by_first_byte_;
};

}  // namespace tess2::text
