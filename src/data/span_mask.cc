#include "data/span_mask.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "core/error.h"

namespace tess2::data {
namespace {

using Kind = BatchObjective::Kind;

constexpr std::array<SpanShape, 2> kShapes{{{0.15, 8.0}, {0.15, 3.0}}};
constexpr std::array<SpanShape, 3> kAggressiveShapes{{{0.5, 8.0}, {0.5, 3.0}, {0.5, 48.0}}};
constexpr double kMaxRatio = 0.5;

void check_length(std::size_t length) {
  if (length >= kMinMaskedLength) return;
  throw UsageError("length of a masked row: expected " + std::to_string(kMinMaskedLength) +
                   " or more, found " + std::to_string(length));
}

void check_shape(const SpanShape& shape) {
  if (!(shape.ratio > 0.0 && shape.ratio <= kMaxRatio)) {
    throw UsageError("masked ratio: expected above 0 and up to 0.5, found " +
                     std::to_string(shape.ratio));
  }
  if (!(shape.mean_length >= 1.0)) {
    throw UsageError("mean span length: expected 1 or more, found " +
                     std::to_string(shape.mean_length));
  }
}

/// Ratio uniform in [1/L, 0.5), mean uniform over the whole numbers from 1 to below ratio * L.
SpanShape draw_variable_shape(std::size_t length, Rng& rng) {
  const auto tokens = static_cast<double>(length);
  const double least = 1.0 / tokens;
  const double ratio = least + (kMaxRatio - least) * rng.uniform();
  const double mean = 1.0 + (ratio * tokens - 1.0) * rng.uniform();
  return {ratio, std::max(std::floor(mean), 1.0)};
}

/// Cuts `tokens` into `parts` non-empty parts, every such cut being equally likely: a cut is made
/// at each of the tokens - 1 places with chance (cuts left) / (places left).
std::vector<std::size_t> cut(std::size_t tokens, std::size_t parts, Rng& rng) {
  std::vector<std::size_t> lengths{1};
  std::size_t cuts = parts - 1;
  for (std::size_t places = tokens - 1; places > 0; --places) {
    if (rng.below(places) < cuts) {
      lengths.push_back(1);
      --cuts;
    } else {
      ++lengths.back();
    }
  }
  return lengths;
}

SpanMask draw_spans(const SpanShape& shape, std::size_t length, Rng& rng) {
  const auto wanted = static_cast<std::size_t>(static_cast<double>(length) * shape.ratio);
  const std::size_t masked = std::clamp<std::size_t>(wanted, 1, length - 1);
  const std::size_t clean = length - masked;
  const auto spans = static_cast<std::size_t>(static_cast<double>(masked) / shape.mean_length);
  const std::size_t parts = std::clamp<std::size_t>(spans, 1, std::min(masked, clean));
  const auto masked_lengths = cut(masked, parts, rng);
  const auto clean_lengths = cut(clean, parts, rng);
  SpanMask mask;
  mask.reserve(length);
  for (std::size_t i = 0; i < parts; ++i) {
    mask.insert(mask.end(), clean_lengths[i], 0);
    mask.insert(mask.end(), masked_lengths[i], 1);
  }
  return mask;
}

/// Positions 0 to `last_given` given, the rest generated.
SpanMask prefix_mask(std::size_t last_given, std::size_t length) {
  SpanMask mask(length, 1);
  std::fill_n(mask.begin(), last_given + 1, std::uint8_t{0});
  return mask;
}

/// n ~ U{1 ... floor((L-1)/2) - 1}; rows too short for that range take n = 1.
SpanMask draw_prefix(std::size_t length, Rng& rng) {
  const std::size_t choices = std::max<std::size_t>((length - 1) / 2, 2) - 1;
  return prefix_mask(1 + rng.below(choices), length);
}

BatchObjective draw_ul2(std::size_t members, Rng& rng) {
  switch (rng.below(members)) {
    case 0:
      return {Kind::kSpans, rng.pick(kShapes)};
    case 1:
      return {Kind::kSpans, rng.pick(kAggressiveShapes)};
    case 2:
      return {Kind::kPrefix, {}};
    default:
      return {Kind::kUnconditional, {}};
  }
}

}  // namespace

std::span<const std::pair<std::string_view, MaskObjective>> mask_objective_names() {
  static constexpr std::array<std::pair<std::string_view, MaskObjective>, 7> kNames{{
      {"ul2", MaskObjective::kUl2},
      {"unconditional", MaskObjective::kUnconditional},
      {"prefix_lm", MaskObjective::kPrefixLm},
      {"span_infilling", MaskObjective::kSpanInfilling},
      {"ul2_with_unconditional", MaskObjective::kUl2WithUnconditional},
      {"ul2_variable", MaskObjective::kUl2Variable},
      {"prefix_with_unconditional", MaskObjective::kPrefixWithUnconditional},
  }};
  return kNames;
}

BatchObjective draw_batch_objective(MaskObjective objective, std::size_t length, Rng& rng,
                                    const SpanShape& infilling) {
  check_length(length);
  check_shape(infilling);
  switch (objective) {
    case MaskObjective::kUl2:
      return draw_ul2(3, rng);
    case MaskObjective::kUl2WithUnconditional:
      return draw_ul2(4, rng);
    case MaskObjective::kUl2Variable:
      if (rng.below(2) == 0) return {Kind::kSpans, draw_variable_shape(length, rng)};
      return {Kind::kPrefix, {}};
    case MaskObjective::kSpanInfilling:
      return {Kind::kSpans, infilling};
    case MaskObjective::kPrefixLm:
      return {Kind::kPrefix, {}};
    case MaskObjective::kPrefixWithUnconditional:
      return {rng.below(2) == 0 ? Kind::kPrefix : Kind::kUnconditional, {}};
    case MaskObjective::kUnconditional:
      break;
  }
  return {Kind::kUnconditional, {}};
}

SpanMask draw_span_mask(const BatchObjective& objective, std::size_t length, Rng& rng) {
  check_length(length);
  switch (objective.kind) {
    case Kind::kSpans:
      check_shape(objective.shape);
      return draw_spans(objective.shape, length, rng);
    case Kind::kPrefix:
      return draw_prefix(length, rng);
    case Kind::kUnconditional:
      break;
  }
  return SpanMask(length, 1);
}

SpanMask half_mask(std::size_t length) {
  check_length(length);
  return prefix_mask((length - 1) / 2, length);
}

}  // namespace tess2::data
