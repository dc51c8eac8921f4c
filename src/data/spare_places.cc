#include "data/spare_places.h"

namespace tess2::data {

MaskedRow with_spare_places(std::span<const text::TokenId> row, const SpanMask& mask,
                            text::TokenId pad, Rng& rng) {
  MaskedRow result;
  std::size_t masked = 0;  // tokens of the span that position i may end
  for (std::size_t i = 0; i < row.size(); ++i) {
    result.ids.push_back(row[i]);
    masked = mask[i] != 0 ? masked + 1 : 0;
    const bool ends = masked > 0 && (i + 1 == row.size() || mask[i + 1] == 0);
    result.span_mask.push_back(mask[i]);
    if (!ends) continue;
    const std::size_t spare = rng.below(2 * masked + 3);
    result.ids.insert(result.ids.end(), spare, pad);
    result.span_mask.insert(result.span_mask.end(), spare, 1);
  }
  result.ids.resize(row.size());
  result.span_mask.resize(row.size());
  return result;
}

}  // namespace tess2::data
