#include "train/batches.h"

#include <algorithm>

#include "core/random.h"
#include "data/spare_places.h"

namespace tess2::train {
namespace {

/// Rows of one validation batch: small enough for any memory, large enough for the products.
constexpr std::size_t kValidationBatch = 16;

at::Tensor stack_masks(const std::vector<std::span<const std::uint8_t>>& masks) {
  const auto length = static_cast<std::int64_t>(masks.front().size());
  at::Tensor stacked = at::empty({static_cast<std::int64_t>(masks.size()), length}, at::kBool);
  bool* out = stacked.data_ptr<bool>();
  for (const auto& mask : masks) {
    out = std::transform(mask.begin(), mask.end(), out, [](std::uint8_t m) { return m != 0; });
  }
  return stacked;
}

/// Cuts [0, count) into batches and makes each with `make(first, last)`.
template <class Make>
std::vector<Batch> in_batches(std::size_t count, const Make& make) {
  std::vector<Batch> batches;
  for (std::size_t first = 0; first < count; first += kValidationBatch) {
    batches.push_back(make(first, std::min(first + kValidationBatch, count)));
  }
  return batches;
}

Batch dialogue_batch(const std::vector<const text::EncodedDialogue*>& examples) {
  std::vector<std::span<const text::TokenId>> ids;
  std::vector<std::span<const std::uint8_t>> masks;
  for (const auto* example : examples) {
    ids.emplace_back(example->ids);
    masks.emplace_back(example->span_mask);
  }
  return {stack_ids(ids), stack_masks(masks)};
}

}  // namespace

at::Tensor stack_ids(const std::vector<std::span<const text::TokenId>>& rows) {
  const auto length = static_cast<std::int64_t>(rows.front().size());
  at::Tensor stacked = at::empty({static_cast<std::int64_t>(rows.size()), length}, at::kLong);
  auto* out = stacked.data_ptr<std::int64_t>();
  for (const auto& row : rows) out = std::copy(row.begin(), row.end(), out);
  return stacked;
}

DocumentBatches::DocumentBatches(data::TokenRows training, const data::TokenRows& validation,
                                 std::size_t validation_rows, data::MaskObjective objective,
                                 std::uint64_t seed, ElasticHoles elastic)
    : rows_(std::move(training)),
      order_(rows_.size(), seed),
      objective_(objective),
      seed_(seed),
      elastic_(elastic) {
  const data::SpanMask half = data::half_mask(validation.length());
  const std::size_t count = std::min(validation_rows, validation.size());
  validation_ = in_batches(count, [&](std::size_t first, std::size_t last) {
    std::vector<std::span<const text::TokenId>> rows;
    for (std::size_t i = first; i < last; ++i) rows.push_back(validation[i]);
    return Batch{stack_ids(rows), stack_masks({rows.size(), std::span(half)})};
  });
}

Batch DocumentBatches::training_batch(std::int64_t index, std::int64_t batch_size) {
  const auto size = static_cast<std::size_t>(batch_size);
  Rng rng(seed_, Stream::kSpanMask, static_cast<std::uint64_t>(index));
  const auto objective = data::draw_batch_objective(objective_, rows_.length(), rng);
  std::vector<data::MaskedRow> masked;
  for (std::size_t i = 0; i < size; ++i) {
    const auto row = rows_[order_(static_cast<std::uint64_t>(index) * size + i)];
    masked.push_back(
        {{row.begin(), row.end()}, data::draw_span_mask(objective, rows_.length(), rng)});
  }
  if (objective.kind == data::BatchObjective::Kind::kSpans && elastic_.chance > 0.0 &&
      rng.uniform() < elastic_.chance) {
    for (data::MaskedRow& row : masked) {
      row = data::with_spare_places(row.ids, row.span_mask, elastic_.pad, rng);
    }
  }
  std::vector<std::span<const text::TokenId>> ids;
  std::vector<std::span<const std::uint8_t>> masks;
  for (const data::MaskedRow& row : masked) {
    ids.emplace_back(row.ids);
    masks.emplace_back(row.span_mask);
  }
  return {stack_ids(ids), stack_masks(masks)};
}

DialogueBatches::DialogueBatches(std::vector<text::EncodedDialogue> training,
                                 const std::vector<text::EncodedDialogue>& validation,
                                 std::size_t validation_rows, std::uint64_t seed)
    : examples_(std::move(training)), order_(examples_.size(), seed) {
  const std::size_t count = std::min(validation_rows, validation.size());
  validation_ = in_batches(count, [&](std::size_t first, std::size_t last) {
    std::vector<const text::EncodedDialogue*> examples;
    for (std::size_t i = first; i < last; ++i) examples.push_back(&validation[i]);
    return dialogue_batch(examples);
  });
}

std::int64_t DialogueBatches::length() const {
  return static_cast<std::int64_t>(examples_.front().ids.size());
}

Batch DialogueBatches::training_batch(std::int64_t index, std::int64_t batch_size) {
  std::vector<const text::EncodedDialogue*> examples;
  for (std::int64_t i = 0; i < batch_size; ++i) {
    examples.push_back(&examples_[order_(static_cast<std::uint64_t>(index * batch_size + i))]);
  }
  return dialogue_batch(examples);
}

}  // namespace tess2::train
