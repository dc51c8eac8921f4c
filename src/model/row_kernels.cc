#include "model/row_kernels.h"

#include <cmath>

#include "core/vector_math.h"
#include "tensor/bf16.h"

namespace tess2::model::kernels {
namespace {

// Sums run in kLanes fixed lanes, joined in order: vector code and every machine agree.
constexpr std::int64_t kLanes = 16;

float join(const float* lanes) {
  float total = 0.0f;
  for (std::int64_t j = 0; j < kLanes; ++j) total += lanes[j];
  return total;
}

inline float sigmoid(float x) {
  return 1.0f / (1.0f + vector_math::exp(-x));
}

TESS2_KERNEL void normalise(const float* x, const float* w, std::int64_t n, float r, float* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] * r * w[i];
}

TESS2_KERNEL float dot_lanes(const float* a, const float* b, std::int64_t n) {
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] += a[i + j] * b[i + j];
  }
  for (std::int64_t j = 0; i + j < n; ++j) lanes[j] += a[i + j] * b[i + j];
  return join(lanes);
}

TESS2_KERNEL float dot3(const float* a, const float* b, const float* c, std::int64_t n) {
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] += a[i + j] * b[i + j] * c[i + j];
  }
  for (std::int64_t j = 0; i + j < n; ++j) lanes[j] += a[i + j] * b[i + j] * c[i + j];
  return join(lanes);
}

TESS2_KERNEL void rms_dx(const float* x, const float* w, const float* dy, float r, float pull,
                         std::int64_t n, float* dx) {
  for (std::int64_t i = 0; i < n; ++i) dx[i] = r * (w[i] * dy[i] - x[i] * pull);
}

TESS2_KERNEL void rms_dw(const float* x, const float* dy, float r, std::int64_t n, float* dw) {
  for (std::int64_t i = 0; i < n; ++i) dw[i] += x[i] * r * dy[i];
}

TESS2_KERNEL float peak_of(const float* x, std::int64_t n) {
  float lanes[kLanes];
  for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] = -INFINITY;
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  }
  for (std::int64_t j = 0; i + j < n; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  float peak = lanes[0];
  for (std::int64_t j = 1; j < kLanes; ++j) peak = lanes[j] > peak ? lanes[j] : peak;
  return peak;
}

/// x[i] = e^(scale x[i] - shift); returns the sum.
TESS2_KERNEL float exponentials(float* x, std::int64_t n, float scale, float shift) {
  for (std::int64_t i = 0; i < n; ++i) x[i] = vector_math::exp(scale * x[i] - shift);
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::int64_t j = 0; j < kLanes; ++j) lanes[j] += x[i + j];
  }
  for (std::int64_t j = 0; i + j < n; ++j) lanes[j] += x[i + j];
  return join(lanes);
}

TESS2_KERNEL void multiply(float* x, std::int64_t n, float factor) {
  for (std::int64_t i = 0; i < n; ++i) x[i] *= factor;
}

void clear_outside(float* x, std::int64_t n, std::int64_t begin, std::int64_t end) {
  for (std::int64_t i = 0; i < begin; ++i) x[i] = 0.0f;
  for (std::int64_t i = end; i < n; ++i) x[i] = 0.0f;
}

}  // namespace

float rms_norm(const float* x, const float* w, std::int64_t n, float eps, float* y) {
  const float r = 1.0f / std::sqrt(dot_lanes(x, x, n) / static_cast<float>(n) + eps);
  normalise(x, w, n, r, y);
  return r;
}

void rms_norm_backward(const float* x, const float* w, const float* dy, float r, std::int64_t n,
                       float* dx, float* dw) {
  const float pull = r * r * dot3(x, w, dy, n) / static_cast<float>(n);
  rms_dx(x, w, dy, r, pull, n, dx);
  if (dw != nullptr) rms_dw(x, dy, r, n, dw);
}

TESS2_KERNEL void swiglu(const float* g, const float* u, std::int64_t n, float* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] = g[i] * sigmoid(g[i]) * u[i];
}

TESS2_KERNEL void swiglu_backward(const float* g, const float* u, const float* dy, std::int64_t n,
                                  float* dg, float* du) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float s = sigmoid(g[i]);
    du[i] = dy[i] * g[i] * s;
    dg[i] = dy[i] * u[i] * s * (1.0f + g[i] * (1.0f - s));
  }
}

TESS2_KERNEL void rotate_head(const float* x, const float* cos, const float* sin, std::int64_t half,
                              float direction, float* y) {
  for (std::int64_t j = 0; j < half; ++j) {
    const float turned = sin[j] * direction;
    const float a = x[j];
    const float b = x[j + half];
    y[j] = a * cos[j] - b * turned;
    y[j + half] = b * cos[j] + a * turned;
  }
}

float softmax_window(float* x, std::int64_t n, std::int64_t begin, std::int64_t end, float scale) {
  clear_outside(x, n, begin, end);
  const float peak = scale * peak_of(x + begin, end - begin);
  const float total = exponentials(x + begin, end - begin, scale, peak);
  multiply(x + begin, end - begin, 1.0f / total);
  return peak + vector_math::log(total);
}

void softmax_from_lse(float* x, std::int64_t n, std::int64_t begin, std::int64_t end, float scale,
                      float lse) {
  clear_outside(x, n, begin, end);
  exponentials(x + begin, end - begin, scale, lse);
}

TESS2_KERNEL void softmax_backward(const float* p, float* dp, std::int64_t n, float sum,
                                   float scale) {
  for (std::int64_t i = 0; i < n; ++i) dp[i] = scale * p[i] * (dp[i] - sum);
}

float dot(const float* a, const float* b, std::int64_t n) {
  return dot_lanes(a, b, n);
}

TESS2_KERNEL void attention_gradients(const float* s, const float* dp, const float* lse,
                                      const float* sums, std::int64_t n, float scale,
                                      tensor::Bf16* p, tensor::Bf16* ds) {
  for (std::int64_t i = 0; i < n; ++i) {
    const float weight = vector_math::exp(scale * s[i] - lse[i]);
    p[i] = tensor::bf16_of(weight);
    ds[i] = tensor::bf16_of(scale * weight * (dp[i] - sums[i]));
  }
}

TESS2_KERNEL void add(const float* x, std::int64_t n, float* sum) {
  for (std::int64_t i = 0; i < n; ++i) sum[i] += x[i];
}

}  // namespace tess2::model::kernels
