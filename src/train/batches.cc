#include "train/batches.h"

#include <algorithm>

#include "core/random.h"
#include "data/spare_places.h"

namespace tess2::train {
namespace {

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
  constexpr auto kSize = static_cast<std::size_t>(kValidationBatch);
  for (std::size_t first = 0; first < count; first += kSize) {
    batches.push_back(make(first, std::min(first + kSize, count)));
  }
  return batches;
}

Batch batch_of(std::span<const data::MaskedRow> rows) {
  std::vector<std::span<const text::TokenId>> ids;
  std::vector<std::span<const std::uint8_t>> masks;
  for (const data::MaskedRow& row : rows) {
    ids.emplace_back(row.ids);
    masks.emplace_back(row.span_mask);
  }
  return {stack_ids(ids), stack_masks(masks)};
}

data::MaskedRow whole_answer(const data::Example& example) {
  data::MaskedRow row{example.ids, data::SpanMask(example.ids.size(), 1)};
  std::fill_n(row.span_mask.begin(), example.split, std::uint8_t{0});
  return row;
}

/// The answer with holes, or all of it hidden where it is too short for that.
data::MaskedRow answer_with_holes(const data::Example& example, text::TokenId pad, Rng& rng) {
  data::MaskedRow row = whole_answer(example);
  const auto begin = row.ids.begin() + static_cast<std::ptrdiff_t>(example.split);
  const auto tokens = std::find(begin, row.ids.end(), pad) - begin;
  if (tokens <= static_cast<std::ptrdiff_t>(data::kMinMaskedLength)) return row;
  const auto text = static_cast<std::size_t>(tokens - 1);  // the last one is `</s>`
  const auto objective = data::draw_batch_objective(data::MaskObjective::kUl2, text, rng);
  const data::SpanMask holes = data::draw_span_mask(objective, text, rng);
  const auto end =
      std::ranges::copy(holes, row.span_mask.begin() + static_cast<std::ptrdiff_t>(example.split))
          .out;
  // Where a text ends with a hole, it is not known to end there.
  *end = holes.back();
  return data::with_spare_places(row.ids, row.span_mask, pad, rng);
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
  return batch_of(masked);
}

DialogueBatches::DialogueBatches(data::Shuffle training,
                                 const std::vector<data::Example>& validation, std::uint64_t seed,
                                 AnswerHoles holes)
    : BatchSource(std::move(training)),
      seed_(seed),
      holes_(holes),
      validation_(in_batches(validation.size(), [&](std::size_t first, std::size_t last) {
        std::vector<data::MaskedRow> rows;
        for (std::size_t i = first; i < last; ++i) rows.push_back(whole_answer(validation[i]));
        return batch_of(rows);
      })) {}

Batch DialogueBatches::training_batch(std::int64_t index, std::int64_t batch_size) {
  Rng rng(seed_, Stream::kSpanMask, static_cast<std::uint64_t>(index));
  std::vector<data::MaskedRow> rows;
  for (const data::Example& example : samples_of(examples(), index, batch_size)) {
    const bool holed = holes_.chance > 0.0 && rng.uniform() < holes_.chance;
    rows.push_back(holed ? answer_with_holes(example, holes_.pad, rng) : whole_answer(example));
  }
  return batch_of(rows);
}

}  // namespace tess2::train
