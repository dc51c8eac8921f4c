#include "diffusion/simplex_kernels.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "diffusion/simplex_kernels.cc"
// Highway compiles this file once a target.
#include <hwy/foreach_target.h>
// The order matters.
#include "core/float16_inl.h"
#include "core/vector_math_inl.h"

HWY_BEFORE_NAMESPACE();
namespace tess2::diffusion::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using tess2::HWY_NAMESPACE::exp;
using tess2::HWY_NAMESPACE::Floats;
using tess2::HWY_NAMESPACE::FloatVector;
using tess2::HWY_NAMESPACE::load;
using tess2::HWY_NAMESPACE::load_some;
using tess2::HWY_NAMESPACE::store_some;

// Sums run over this many values in float, a lane each, and over such pieces in double.
constexpr std::size_t kPiece = 1024;

// What lanes without a value hold: e^x of it is nothing beside any sum. (Finite, so that a
// difference of two is.)
constexpr float kNothing = -1e30f;

// Where exp stops falling.
constexpr float kLowest = -87.0f;

HWY_INLINE double sum_of(Floats d, FloatVector v) {
  return static_cast<double>(hn::GetLane(hn::SumOfLanes(d, v)));
}

/// x[i] * scale + offset, rounded twice.
void scale_row_kernel(float* x, std::size_t n, float scale, float offset) {
  const Floats d;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const FloatVector v = load_some(d, x + i, n - i, 0.0f);
    store_some(hn::Add(hn::Mul(v, hn::Set(d, scale)), hn::Set(d, offset)), d, x + i, n - i);
  }
}

template <class T>
float largest(const T* x, std::size_t n) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d);
  FloatVector a = hn::Set(d, kNothing), b = a, c = a, e = a;
  std::size_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    a = hn::Max(a, load(d, x + i));
    b = hn::Max(b, load(d, x + i + lanes));
    c = hn::Max(c, load(d, x + i + 2 * lanes));
    e = hn::Max(e, load(d, x + i + 3 * lanes));
  }
  for (; i < n; i += lanes) a = hn::Max(a, load_some(d, x + i, n - i, kNothing));
  return hn::GetLane(hn::MaxOfLanes(d, hn::Max(hn::Max(a, b), hn::Max(c, e))));
}

float largest_kernel(const LogitRow& row) {
  return row.visit([&](const auto* x) { return largest(x, row.size()); });
}

void exponentiate_kernel(float* x, std::size_t n, float shift, Exponentials& result) {
  const Floats d;
  FloatVector peak = hn::Set(d, kNothing);
  result.sum = 0.0;
  for (std::size_t begin = 0; begin < n; begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, n);
    FloatVector sum = hn::Zero(d);
    for (std::size_t i = begin; i < end; i += hn::Lanes(d)) {
      const FloatVector v = load_some(d, x + i, end - i, kNothing);
      const FloatVector e = exp(d, hn::Sub(v, hn::Set(d, shift)));
      peak = hn::Max(peak, v);
      sum = hn::Add(sum, e);
      store_some(e, d, x + i, end - i);
    }
    result.sum += sum_of(d, sum);
  }
  result.peak = hn::GetLane(hn::MaxOfLanes(d, peak));
}

/// sum_i e^(x[i] - shift)
template <class T>
double sum_of_exponentials(const T* x, std::size_t n, float shift) {
  const Floats d;
  double total = 0.0;
  for (std::size_t begin = 0; begin < n; begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, n);
    FloatVector sum = hn::Zero(d);
    for (std::size_t i = begin; i < end; i += hn::Lanes(d)) {
      const FloatVector v = load_some(d, x + i, end - i, kNothing);
      sum = hn::Add(sum, exp(d, hn::Sub(v, hn::Set(d, shift))));
    }
    total += sum_of(d, sum);
  }
  return total;
}

double sum_of_exponentials_kernel(const LogitRow& row, float shift) {
  return row.visit([&](const auto* x) { return sum_of_exponentials(x, row.size(), shift); });
}

/// out[i] = keep * out[i] + scale * e^(x[i] - shift)
template <class T>
void blend_exponentials(const T* x, std::size_t n, float shift, float scale, float keep,
                        float* out) {
  const Floats d;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const FloatVector v = load_some(d, x + i, n - i, kNothing);
    const FloatVector e = hn::Mul(hn::Set(d, scale), exp(d, hn::Sub(v, hn::Set(d, shift))));
    const FloatVector before = load_some(d, out + i, n - i, 0.0f);
    store_some(hn::MulAdd(before, hn::Set(d, keep), e), d, out + i, n - i);
  }
}

void add_half_softmax_kernel(const LogitRow& row, float keep, float* out) {
  row.visit([&](const auto* x) {
    const float peak = largest(x, row.size());
    const double total = sum_of_exponentials(x, row.size(), peak);
    blend_exponentials(x, row.size(), peak, static_cast<float>(0.5 / total), keep, out);
  });
}

void scaled_softmax_kernel(const float* x, std::size_t n, float shift, float scale, float* out) {
  const Floats d;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const FloatVector v = load_some(d, x + i, n - i, kNothing);
    const FloatVector e = exp(d, hn::Sub(v, hn::Set(d, shift)));
    store_some(hn::Mul(hn::Set(d, scale), e), d, out + i, n - i);
  }
}

/// out[i] = e^((x[i] - shift) scale), and their sum.
template <class T>
double exponentials(const T* x, std::size_t n, float shift, float scale, float* out) {
  const Floats d;
  double total = 0.0;
  for (std::size_t begin = 0; begin < n; begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, n);
    FloatVector sum = hn::Zero(d);
    for (std::size_t i = begin; i < end; i += hn::Lanes(d)) {
      const FloatVector v = load_some(d, x + i, end - i, kNothing);
      const FloatVector e = exp(d, hn::Mul(hn::Sub(v, hn::Set(d, shift)), hn::Set(d, scale)));
      sum = hn::Add(sum, e);
      store_some(e, d, out + i, end - i);
    }
    total += sum_of(d, sum);
  }
  return total;
}

double exponentials_kernel(const LogitRow& row, float shift, float scale, float* out) {
  return row.visit([&](const auto* x) { return exponentials(x, row.size(), shift, scale, out); });
}

/// H = log Z - (sum_i e^{y_i} y_i) / Z, where y = x - peak and Z = sum_i e^{y_i}.
template <class T>
double entropy(const T* x, std::size_t n) {
  const Floats d;
  const FloatVector peak = hn::Set(d, largest(x, n));
  double z = 0.0, weighted = 0.0;
  for (std::size_t begin = 0; begin < n; begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, n);
    FloatVector sum = hn::Zero(d), product = hn::Zero(d);
    for (std::size_t i = begin; i < end; i += hn::Lanes(d)) {
      const FloatVector v = load_some(d, x + i, end - i, kNothing);
      const FloatVector y = hn::Max(hn::Sub(v, peak), hn::Set(d, kLowest));
      const FloatVector e = exp(d, y);
      sum = hn::Add(sum, e);
      product = hn::MulAdd(e, y, product);
    }
    z += sum_of(d, sum);
    weighted += sum_of(d, product);
  }
  return std::log(z) - weighted / z;
}

double entropy_kernel(const LogitRow& row) {
  return row.visit([&](const auto* x) { return entropy(x, row.size()); });
}

/// KL = (sum_i e^{a_i} (a_i - b_i)) / Z_a - log Z_a + log Z_b, where a = x - peak of x,
/// b = y - peak of y and Z = sum_i e^{a_i}, sum_i e^{b_i}.
template <class T, class U>
double divergence(const T* x, const U* y, std::size_t n) {
  const Floats d;
  const FloatVector peak_x = hn::Set(d, largest(x, n));
  const FloatVector peak_y = hn::Set(d, largest(y, n));
  double z_a = 0.0, z_b = 0.0, weighted = 0.0;
  for (std::size_t begin = 0; begin < n; begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, n);
    FloatVector sum_a = hn::Zero(d), sum_b = hn::Zero(d), product = hn::Zero(d);
    for (std::size_t i = begin; i < end; i += hn::Lanes(d)) {
      const FloatVector a = hn::Sub(load_some(d, x + i, end - i, kNothing), peak_x);
      const FloatVector b = hn::Sub(load_some(d, y + i, end - i, kNothing), peak_y);
      const FloatVector e = exp(d, a);
      sum_a = hn::Add(sum_a, e);
      sum_b = hn::Add(sum_b, exp(d, b));
      product = hn::MulAdd(e, hn::Sub(a, b), product);
    }
    z_a += sum_of(d, sum_a);
    z_b += sum_of(d, sum_b);
    weighted += sum_of(d, product);
  }
  return weighted / z_a - std::log(z_a) + std::log(z_b);
}

double divergence_kernel(const LogitRow& row, const LogitRow& other) {
  return row.visit([&](const auto* x) {
    return other.visit([&](const auto* y) { return divergence(x, y, row.size()); });
  });
}

}  // namespace tess2::diffusion::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tess2::diffusion {

HWY_EXPORT(scale_row_kernel);
HWY_EXPORT(largest_kernel);
HWY_EXPORT(exponentiate_kernel);
HWY_EXPORT(sum_of_exponentials_kernel);
HWY_EXPORT(add_half_softmax_kernel);
HWY_EXPORT(scaled_softmax_kernel);
HWY_EXPORT(exponentials_kernel);
HWY_EXPORT(entropy_kernel);
HWY_EXPORT(divergence_kernel);

void noise_to_simplex(std::span<float> row, float noise_scale, std::int64_t token,
                      float token_value, float other_value) {
  const auto place = static_cast<std::size_t>(token);  // a negative one lies beyond any row
  const bool inside = place < row.size();
  const float at_token = inside ? row[place] * noise_scale + token_value : 0.0f;
  scale_row(row, noise_scale, other_value);
  if (inside) row[place] = at_token;
}

void scale_row(std::span<float> row, float scale, float offset) {
  HWY_DYNAMIC_DISPATCH(scale_row_kernel)(row.data(), row.size(), scale, offset);
}

Exponentials exponentiate(std::span<float> row, float shift) {
  Exponentials result;
  HWY_DYNAMIC_DISPATCH(exponentiate_kernel)(row.data(), row.size(), shift, result);
  return result;
}

void add_half_softmax(std::span<float> row, float scale, const LogitRow& logits) {
  HWY_DYNAMIC_DISPATCH(add_half_softmax_kernel)(logits, scale, row.data());
}

float largest_of(const LogitRow& logits) {
  return HWY_DYNAMIC_DISPATCH(largest_kernel)(logits);
}

float log_sum_exp(const LogitRow& logits) {
  const float peak = largest_of(logits);
  const double sum = HWY_DYNAMIC_DISPATCH(sum_of_exponentials_kernel)(logits, peak);
  return static_cast<float>(static_cast<double>(peak) + std::log(sum));
}

void scaled_softmax(std::span<const float> row, float lse, float scale, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(scaled_softmax_kernel)(row.data(), row.size(), lse, scale, out.data());
}

double exponentials_of(const LogitRow& logits, float shift, float scale, std::span<float> out) {
  return HWY_DYNAMIC_DISPATCH(exponentials_kernel)(logits, shift, scale, out.data());
}

double entropy_of(const LogitRow& logits) {
  return HWY_DYNAMIC_DISPATCH(entropy_kernel)(logits);
}

double divergence_of(const LogitRow& logits, const LogitRow& other) {
  return HWY_DYNAMIC_DISPATCH(divergence_kernel)(logits, other);
}

}  // namespace tess2::diffusion
#endif
