// Vector kernels of the transformer: plain loops on raw float32 memory, one row at a time.
#pragma once

#include <cstdint>

#include "tensor/packed_product.h"

namespace tess2::model::kernels {

/// y = x r w with r = 1 / sqrt(mean(x^2) + eps); returns r. All rows have n elements.
float rms_norm(const float* x, const float* w, std::int64_t n, float eps, float* y);

/// With r from above and upstream dy:  dx = r (w dy - x r^2 mean(x w dy)),  dw += x r dy.
/// dw may be null.
void rms_norm_backward(const float* x, const float* w, const float* dy, float r, std::int64_t n,
                       float* dx, float* dw);

/// y = g sigmoid(g) u
void swiglu(const float* g, const float* u, std::int64_t n, float* y);

/// du = dy g s,  dg = dy u s (1 + g (1 - s)),  s = sigmoid(g)
void swiglu_backward(const float* g, const float* u, const float* dy, std::int64_t n, float* dg,
                     float* du);

/// (a, b) -> (a cos - b sin, b cos + a sin), where a and b are the halves of a head of 2 half
/// elements. `direction` +1 turns forward, -1 back (the transpose, which is the backward pass).
void rotate_head(const float* x, const float* cos, const float* sin, std::int64_t half,
                 float direction, float* y);

/// Softmax of scale * x over [begin, end), zeros elsewhere in [0, n), in place; returns
/// log(sum(exp(scale x))). begin < end.
float softmax_window(float* x, std::int64_t n, std::int64_t begin, std::int64_t end, float scale);

/// p = exp(scale x - lse) over [begin, end), zeros elsewhere: the same softmax from its kept lse.
void softmax_from_lse(float* x, std::int64_t n, std::int64_t begin, std::int64_t end, float scale,
                      float lse);

/// ds = scale p (dp - sum), in place of dp.
void softmax_backward(const float* p, float* dp, std::int64_t n, float sum, float scale);

/// p = bf16(exp(scale s - lse)),  ds = bf16(scale p (dp - sums)): the same for one key and the
/// queries that see it.
void attention_gradients(const float* s, const float* dp, const float* lse, const float* sums,
                         std::int64_t n, float scale, tensor::Bf16* p, tensor::Bf16* ds);

/// sum_i += x_i
void add(const float* x, std::int64_t n, float* sum);

/// sum_i a_i b_i
float dot(const float* a, const float* b, std::int64_t n);

}  // namespace tess2::model::kernels
