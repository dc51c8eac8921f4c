#include "diffusion/simplex_kernels.h"

#include <cmath>
#include <type_traits>
#include <vector>

#include "core/vector_math.h"

namespace tess2::diffusion {
namespace {

// Sums run in kLanes fixed lanes, joined in order: vector code and every machine agree.
constexpr std::size_t kLanes = 16;

TESS2_KERNEL float maximum(const float* x, std::size_t n) {
  float lanes[kLanes];
  for (std::size_t j = 0; j < kLanes; ++j) lanes[j] = -INFINITY;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  }
  for (std::size_t j = 0; i + j < n; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
  float best = lanes[0];
  for (std::size_t j = 1; j < kLanes; ++j) best = lanes[j] > best ? lanes[j] : best;
  return best;
}

TESS2_KERNEL float sum(const float* x, std::size_t n) {
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j) lanes[j] += x[i + j];
  }
  for (std::size_t j = 0; i + j < n; ++j) lanes[j] += x[i + j];
  float total = 0.0f;
  for (std::size_t j = 0; j < kLanes; ++j) total += lanes[j];
  return total;
}

/// out[i] = e^((x[i] - shift) * scale)
TESS2_KERNEL void exponentials(const float* x, std::size_t n, float shift, float scale,
                               float* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = vector_math::exp((x[i] - shift) * scale);
}

/// sum_i e^(x[i] - shift), nothing written
TESS2_KERNEL float sum_of_exponentials(const float* x, std::size_t n, float shift) {
  float lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (std::size_t j = 0; j < kLanes; ++j) lanes[j] += vector_math::exp(x[i + j] - shift);
  }
  for (std::size_t j = 0; i + j < n; ++j) lanes[j] += vector_math::exp(x[i + j] - shift);
  float total = 0.0f;
  for (std::size_t j = 0; j < kLanes; ++j) total += lanes[j];
  return total;
}

TESS2_KERNEL void multiply_add(float* x, std::size_t n, float scale, float offset) {
  for (std::size_t i = 0; i < n; ++i) x[i] = x[i] * scale + offset;
}

/// out[i] = scale * e^(x[i] - shift) + keep * out[i]
TESS2_KERNEL void blend_exponentials(const float* x, std::size_t n, float shift, float scale,
                                     float keep, float* out) {
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = scale * vector_math::exp(x[i] - shift) + keep * out[i];
  }
}

TESS2_KERNEL void scaled_exponentials(const float* x, std::size_t n, float shift, float scale,
                                      float* out) {
  for (std::size_t i = 0; i < n; ++i) out[i] = scale * vector_math::exp(x[i] - shift);
}

}  // namespace

void noise_to_simplex(std::span<float> row, float noise_scale, std::int64_t token,
                      float token_value, float other_value) {
  const float at_token = row[static_cast<std::size_t>(token)] * noise_scale + token_value;
  multiply_add(row.data(), row.size(), noise_scale, other_value);
  row[static_cast<std::size_t>(token)] = at_token;
}

void softmax_row(std::span<float> row, float temperature) {
  const float peak = maximum(row.data(), row.size());
  exponentials(row.data(), row.size(), peak, 1.0f / temperature, row.data());
  multiply_add(row.data(), row.size(), 1.0f / sum(row.data(), row.size()), 0.0f);
}

void average_with_softmax(std::span<float> row, const LogitRow& row_logits) {
  std::vector<float> logits(row_logits.size());
  row_logits.visit([&]<class T>(const T* x) {
    if constexpr (std::is_same_v<T, float>) {
      logits.assign(x, x + row_logits.size());
    } else {
      to_float32({x, row_logits.size()}, logits);
    }
  });
  const float peak = maximum(logits.data(), logits.size());
  const float total = sum_of_exponentials(logits.data(), logits.size(), peak);
  blend_exponentials(logits.data(), row.size(), peak, 0.5f / total, 0.5f, row.data());
}

float log_sum_exp(std::span<const float> row) {
  const float peak = maximum(row.data(), row.size());
  return peak + vector_math::log(sum_of_exponentials(row.data(), row.size(), peak));
}

void scaled_softmax(std::span<const float> row, float lse, float scale, std::span<float> out) {
  scaled_exponentials(row.data(), row.size(), lse, scale, out.data());
}

}  // namespace tess2::diffusion
