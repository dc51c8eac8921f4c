// Cuts text into the pieces of a byte-pair vocabulary.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "text/sentencepiece_model.h"
#include "text/special_tokens.h"
#include "text/tokenizer.h"

namespace tess2::text {

/// How pieces write a space: '▁'.
inline constexpr std::string_view kSpaceMark = "\xe2\x96\x81";

class BytePairEncoder {
 public:
  explicit BytePairEncoder(const SentencePieceModel& model);

  /// Appends the ids of `text`, in which spaces are written '▁'. The text starts out as single
  /// characters; of all neighbours that make a piece together, those whose piece has the lowest id
  /// are joined first, the leftmost of equals. A character without a piece becomes its bytes, or
  /// the unknown token where the vocabulary has no bytes. `text` is UTF-8.
  void encode(std::string_view text, std::vector<TokenId>& ids) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  void encode_between(std::string_view text, std::vector<TokenId>& ids) const;
  void append_character(std::string_view character, std::vector<TokenId>& ids) const;

  /// Pieces that merging may make.
  std::unordered_map<std::string, TokenId, TextHash, std::equal_to<>> mergeable_;
  SpecialTokens user_defined_;
  std::vector<TokenId> byte_ids_;  ///< 256 of them, or none
  TokenId unk_id_;
};

}  // namespace tess2::text
