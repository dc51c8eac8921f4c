// Texts with holes: `Once there was a [[2]]. It lived in a [[1-6]] by the sea.`
//
// `[[8]]` is a hole of 8 tokens, `[[1-20]]` one of 1 to 20: places left unused vanish. `\\[[` is
// the text `[[`. Everything outside the holes comes back byte for byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "generate/session.h"
#include "text/dialogue.h"
#include "text/tokenizer.h"

namespace tess2::generate {

/// A number of tokens; both bounds count, and are equal for a hole of fixed size.
struct Hole {
  std::int64_t least = 1;
  std::int64_t most = 1;
};

/// A text cut at its holes: texts[0] hole[0] texts[1] … texts[n]; always one text more than holes.
struct Template {
  std::vector<std::string> texts;
  std::vector<Hole> holes;
};

/// Reads the notation above. Throws UsageError naming the byte for a hole that is not written
/// right (`[[0]]`, `[[5-2]]`, `[[x]]`, `[[3`) and where there is no hole.
Template parse_template(std::string_view text);

/// A filled hole.
struct FilledHole {
  std::string text;
  std::size_t begin = 0;  ///< bytes [begin, end) of the filled text
  std::size_t end = 0;
  std::int64_t tokens = 0;  ///< places used
};

struct FilledText {
  std::string text;
  std::vector<FilledHole> holes;
};

/// The canvas of a template, and the way back to a text.
class InfillCanvas {
 public:
  /// `context`, where not empty, is a dialogue that asks for the text. Throws as check_dialogue,
  /// and UsageError where `max_length` (tokens, 0: no bound) does not hold it all.
  InfillCanvas(Template parts, std::span<const text::Message> context,
               const text::Tokenizer& tokenizer, std::int64_t max_length);

  const Layout& layout() const { return layout_; }
  /// The hole of each place of the span, [N], from 0.
  std::span<const std::size_t> hole_of_slot() const { return hole_of_slot_; }
  /// Tokens of the canvas outside its holes.
  std::int64_t given_tokens() const;

  /// The text with `tokens` [N], one a place of the span, in its holes. End and padding tokens
  /// are unused places.
  FilledText fill(std::span<const text::TokenId> tokens) const;

 private:
  void add_given(const std::vector<text::TokenId>& ids);
  void add_hole(std::size_t index);
  [[noreturn]] void refuse_length(std::int64_t max_length) const;

  Template parts_;
  const text::Tokenizer& tokenizer_;
  Layout layout_;
  std::vector<std::size_t> hole_of_slot_;
};

}  // namespace tess2::generate
