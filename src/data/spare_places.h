// Holes with more places than tokens, so that a model learns to leave places unused.
//
// TESS 2's span masks hide exactly as many places as there are tokens, and a model that saw no
// others fills every place of a hole. An extension of section 3: padding stands behind the hidden
// tokens, to be predicted like them.
#pragma once

#include <span>
#include <vector>

#include "core/random.h"
#include "data/span_mask.h"
#include "text/tokenizer.h"

namespace tess2::data {

/// A row and its mask, both [L].
struct MaskedRow {
  std::vector<text::TokenId> ids;
  SpanMask span_mask;
};

/// `row` [L] with up to 2 n + 2 places of `pad` behind each masked span of n tokens, uniformly
/// drawn and masked too; what then lies beyond L is cut off.
MaskedRow with_spare_places(std::span<const text::TokenId> row, const SpanMask& mask,
                            text::TokenId pad, Rng& rng);

}  // namespace tess2::data
