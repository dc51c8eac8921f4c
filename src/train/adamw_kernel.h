// The element loop of AdamW on raw memory.
#pragma once

#include <cstdint>

namespace tess2::train {

struct AdamWCoefficients {
  float beta1, beta2, epsilon;
  float step_size;       ///< lr / (1 - beta1^n)
  float variance_scale;  ///< 1 / (1 - beta2^n)
  float keep;            ///< 1 - lr * weight_decay
  float gradient_scale;  ///< clipping
};

/// Updates w, m, v [n] with gradient g.
void adamw_update(float* w, float* m, float* v, const float* g, std::int64_t n,
                  const AdamWCoefficients& c);

/// sum_i g_i^2 in double.
double sum_of_squares(const float* g, std::int64_t n);

}  // namespace tess2::train
