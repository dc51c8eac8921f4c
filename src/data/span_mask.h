// Span masks: which positions of a training row are to be generated (section 3).
//
// A mask is 1 where a token is generated and 0 where it is given. The objective is drawn once a
// batch, the places of its spans once a row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "core/random.h"

namespace tess2::data {

/// One entry a position: 1 generated, 0 given.
using SpanMask = std::vector<std::uint8_t>;

/// The mixture of objectives that batches are drawn from, each of its members with equal chance.
enum class MaskObjective {
  kUl2,                      ///< spans, aggressive spans, prefix: what TESS 2 is adapted with
  kUnconditional,            ///< everything is generated
  kPrefixLm,                 ///< prefix alone
  kSpanInfilling,            ///< spans of one given shape
  kUl2WithUnconditional,     ///< the three of UL2, and unconditional
  kUl2Variable,              ///< spans of a shape drawn for the batch, prefix
  kPrefixWithUnconditional,  ///< prefix, unconditional
};

/// Names as in the reference's configuration, for settings tables.
std::span<const std::pair<std::string_view, MaskObjective>> mask_objective_names();

/// How much of a row is masked, and in how long spans.
struct SpanShape {
  double ratio = 0.15;       ///< masked tokens / tokens, in (0, 0.5]
  double mean_length = 3.0;  ///< tokens a span, >= 1
  friend bool operator==(const SpanShape&, const SpanShape&) = default;
};

/// What one batch trains on.
struct BatchObjective {
  enum class Kind { kSpans, kPrefix, kUnconditional };
  Kind kind = Kind::kUnconditional;
  SpanShape shape;  ///< of kSpans
};

/// Rows shorter than this have no room for a given and a generated part.
inline constexpr std::size_t kMinMaskedLength = 3;

/// Draws the objective of a batch whose rows have `length` ids. `infilling` is the shape that
/// kSpanInfilling uses. Throws UsageError for a length under kMinMaskedLength, and for a shape out
/// of its range.
BatchObjective draw_batch_objective(MaskObjective objective, std::size_t length, Rng& rng,
                                    const SpanShape& infilling = {});

/// Draws the mask [length] of one row; throws UsageError as draw_batch_objective.
SpanMask draw_span_mask(const BatchObjective& objective, std::size_t length, Rng& rng);

/// The mask [length] of validation: position 0 and the next floor((length - 1) / 2) given, the rest
/// generated.
SpanMask half_mask(std::size_t length);

}  // namespace tess2::data
