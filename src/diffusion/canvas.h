// A batch of sequences, part of which is to be generated.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

namespace tess2::diffusion {

/// B sequences of length L and the positions whose tokens a denoiser predicts. Everything of
/// vocabulary size is kept for those N positions alone, as rows ordered by sequence, then position.
class Canvas {
 public:
  /// ids [B,L] int64, span_mask [B,L] bool (true: to be generated). The rows are the span.
  Canvas(at::Tensor ids, at::Tensor span_mask);
  /// As above with other rows, `row_mask` [B,L] bool; it may be wider than the span, for looking at
  /// the predictions of given tokens, or narrower.
  Canvas(at::Tensor ids, at::Tensor span_mask, const at::Tensor& row_mask);

  std::int64_t batch() const { return ids_.size(0); }
  std::int64_t length() const { return ids_.size(1); }
  std::int64_t row_count() const { return row_places_.numel(); }

  /// [B,L] int64. What stands inside the span is the clean answer in training, unused in sampling.
  const at::Tensor& ids() const { return ids_; }
  /// [B,L] bool.
  const at::Tensor& span_mask() const { return span_mask_; }

  /// [N] int64: b * L + l of every row.
  const at::Tensor& row_places() const { return row_places_; }
  /// Rows of sequence b are [row_begin(b), row_begin(b + 1)).
  std::int64_t row_begin(std::int64_t b) const { return row_begins_[static_cast<std::size_t>(b)]; }
  std::int64_t row_sequence(std::int64_t row) const { return place(row) / length(); }
  std::int64_t row_position(std::int64_t row) const { return place(row) % length(); }
  bool row_in_span(std::int64_t row) const;
  /// [N] int64: the tokens that stand at the rows.
  at::Tensor row_tokens() const { return ids_.flatten().index_select(0, row_places_); }

  /// [B,L] int64: the ids with `tokens` [N] written at those rows that lie in the span.
  at::Tensor filled(const at::Tensor& tokens) const;

 private:
  std::int64_t place(std::int64_t row) const { return row_places_.data_ptr<std::int64_t>()[row]; }

  at::Tensor ids_;
  at::Tensor span_mask_;
  at::Tensor row_places_;
  std::vector<std::int64_t> row_begins_;
};

}  // namespace tess2::diffusion
