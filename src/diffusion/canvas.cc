#include "diffusion/canvas.h"

#include "core/error.h"

namespace tess2::diffusion {

Canvas::Canvas(at::Tensor ids, at::Tensor span_mask)
    : Canvas(std::move(ids), span_mask, span_mask) {}

Canvas::Canvas(at::Tensor ids, at::Tensor span_mask, const at::Tensor& row_mask)
    : ids_(ids.contiguous()), span_mask_(span_mask.contiguous()) {
  if (ids_.dim() != 2 || ids_.scalar_type() != at::kLong || ids_.sizes() != span_mask_.sizes() ||
      ids_.sizes() != row_mask.sizes()) {
    throw Error("canvas: expected int64 ids [B,L] and masks of the same shape");
  }
  row_places_ = at::nonzero(row_mask.flatten()).flatten().contiguous();
  const at::Tensor per_sequence = row_mask.sum(1, /*keepdim=*/false, at::kLong);
  row_begins_.assign(1, 0);
  for (std::int64_t b = 0; b < batch(); ++b) {
    row_begins_.push_back(row_begins_.back() + per_sequence[b].item<std::int64_t>());
  }
}

bool Canvas::row_in_span(std::int64_t row) const {
  return span_mask_.data_ptr<bool>()[place(row)];
}

at::Tensor Canvas::filled(const at::Tensor& tokens) const {
  const at::Tensor written = ids_.flatten().index_copy(0, row_places_, tokens);
  return at::where(span_mask_, written.view_as(ids_), ids_);
}

}  // namespace tess2::diffusion
