// The masks of a whole batch.
#pragma once

#include <vector>

#include "data/span_mask.h"

namespace tess2::data {

/// The masks [rows][length] of one batch: one objective, then one draw a row.
inline std::vector<SpanMask> draw_span_masks(MaskObjective objective, std::size_t rows,
                                             std::size_t length, Rng& rng,
                                             const SpanShape& infilling = {}) {
  const BatchObjective batch = draw_batch_objective(objective, length, rng, infilling);
  std::vector<SpanMask> masks;
  for (std::size_t row = 0; row < rows; ++row) masks.push_back(draw_span_mask(batch, length, rng));
  return masks;
}

}  // namespace tess2::data
