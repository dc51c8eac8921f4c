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

Batch dialogue_batch(std::span<const data::Example> examples) {
  std::vector<std::span<const text::TokenId>> ids;
  std::vector<data::SpanMask> masks;
  for (const data::Example& example : examples) {
    ids.emplace_back(example.ids);
    masks.emplace_back(example.ids.size(), std::uint8_t{1});
    std::fill_n(masks.back().begin(), example.split, std::uint8_t{0});
  }
  return {stack_ids(ids), stack_masks({masks.begin(), masks.end()})};
}

}  // namespace

at::Tensor stack_ids(const std::vector<std::span<const text::TokenId>>& rows) {
  const auto length = static_cast<std::int64_t>(rows.front().size());
  at::Tensor stacked = at::empty({static_cast<std::int64_t>(rows.size()), length}, at::kLong);
  auto* out = stacked.data_ptr<std::int64_t>();
  for (const auto& row : rows) out = std::copy(row.begin(), row.end(), out);
  return stacked;
}

std::vector<data::Example> samples_of(data::Shuffle& examples, std::int64_t index,
                                      std::int64_t batch_size) {
  std::vector<data::Example> samples;
  for (std::int64_t i = 0; i < batch_size; ++i) {
    samples.push_back(examples(static_cast<std::uint64_t>(index * batch_size + i)));
  }
  return samples;
}

DocumentBatches::DocumentBatches(data::Shuffle training,
                                 const std::vector<data::Example>& validation,
                                 data::MaskObjective objective, std::uint64_t seed,
                                 ElasticHoles elastic)
    : BatchSource(std::move(training)),
      length_(validation.front().ids.size()),
      objective_(objective),
      seed_(seed),
      elastic_(elastic) {
  const data::SpanMask half = data::half_mask(length_);
  validation_ = in_batches(validation.size(), [&](std::size_t first, std::size_t last) {
    std::vector<std::span<const text::TokenId>> rows;
    for (std::size_t i = first; i < last; ++i) rows.emplace_back(validation[i].ids);
    return Batch{stack_ids(rows), stack_masks({rows.size(), std::span(half)})};
  });
}

Batch DocumentBatches::training_batch(std::int64_t index, std::int64_t batch_size) {
  Rng rng(seed_, Stream::kSpanMask, static_cast<std::uint64_t>(index));
  const auto objective = data::draw_batch_objective(objective_, length_, rng);
  std::vector<data::MaskedRow> masked;
  for (data::Example& row : samples_of(examples(), index, batch_size)) {
    masked.push_back({std::move(row.ids), data::draw_span_mask(objective, length_, rng)});
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

DialogueBatches::DialogueBatches(data::Shuffle training,
                                 const std::vector<data::Example>& validation)
    : BatchSource(std::move(training)),
      validation_(in_batches(validation.size(), [&](std::size_t first, std::size_t last) {
        return dialogue_batch(std::span(validation).subspan(first, last - first));
      })) {}

Batch DialogueBatches::training_batch(std::int64_t index, std::int64_t batch_size) {
  return dialogue_batch(samples_of(examples(), index, batch_size));
}

}  // namespace tess2::train
