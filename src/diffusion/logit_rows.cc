#include "diffusion/logit_rows.h"

#include "core/error.h"

namespace tess2::diffusion {
namespace {

template <class Value>
std::span<const Value> row_of(const at::Tensor& matrix, std::int64_t n) {
  return {static_cast<const Value*>(matrix.data_ptr()) + n * matrix.size(1),
          static_cast<std::size_t>(matrix.size(1))};
}

}  // namespace

LogitRows::LogitRows(const at::Tensor& logits) {
  if (!logits.defined()) return;
  const bool known_type = logits.scalar_type() == at::kFloat || logits.scalar_type() == at::kHalf;
  if (logits.dim() != 2 || !known_type) {
    throw Error("logits: expected a float32 or float16 matrix [N,V]");
  }
  values_ = logits.contiguous();
}

LogitRow LogitRows::operator[](std::int64_t n) const {
  if (!values_.defined()) return {};
  if (values_.scalar_type() == at::kHalf) return row_of<Float16>(values_, n);
  return row_of<float>(values_, n);
}

}  // namespace tess2::diffusion
