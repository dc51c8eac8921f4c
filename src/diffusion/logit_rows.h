// Predictions of a denoiser, whichever type they are kept in.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>

#include "diffusion/logit_row.h"

namespace tess2::diffusion {

/// The rows of logits [N,V], float32 or float16, on the CPU.
class LogitRows {
 public:
  /// `logits` may be undefined: no rows. Throws Error for another rank or type.
  explicit LogitRows(const at::Tensor& logits);

  /// N.
  std::int64_t count() const { return values_.defined() ? values_.size(0) : 0; }
  /// V.
  std::int64_t width() const { return values_.defined() ? values_.size(1) : 0; }

  /// Row n; an empty row where the logits are undefined. Lives as long as this object.
  LogitRow operator[](std::int64_t n) const;

 private:
  at::Tensor values_;
};

}  // namespace tess2::diffusion
