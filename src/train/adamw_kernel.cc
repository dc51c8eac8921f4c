#include "train/adamw_kernel.h"

#include <cmath>

#include "core/vector_math.h"

namespace tess2::train {

TESS2_KERNEL void adamw_update(float* w, float* m, float* v, const float* g, std::int64_t n,
                               const AdamWCoefficients& given) {
  const AdamWCoefficients c = given;
  for (std::int64_t i = 0; i < n; ++i) {
    const float gradient = g[i] * c.gradient_scale;
    m[i] = c.beta1 * m[i] + (1.0f - c.beta1) * gradient;
    v[i] = c.beta2 * v[i] + (1.0f - c.beta2) * gradient * gradient;
    w[i] = c.keep * w[i] - c.step_size * m[i] / (std::sqrt(v[i] * c.variance_scale) + c.epsilon);
  }
}

TESS2_KERNEL double sum_of_squares(const float* g, std::int64_t n) {
  constexpr std::int64_t kLanes = 8;
  double lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t j = 0; j < kLanes; ++j) {
      lanes[j] += static_cast<double>(g[i + j]) * static_cast<double>(g[i + j]);
    }
  }
  for (std::int64_t j = 0; i + j < n; ++j) {
    lanes[j] += static_cast<double>(g[i + j]) * static_cast<double>(g[i + j]);
  }
  double total = 0.0;
  for (std::int64_t j = 0; j < kLanes; ++j) total += lanes[j];
  return total;
}

}  // namespace tess2::train
