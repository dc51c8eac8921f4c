// Compiled once for every target that Highway knows of this machine's family.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels.cc"
#include <hwy/foreach_target.h>
// The order matters.
#include "core/vector_math_inl.h"

#include <cmath>

#include "engine/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace tess2::engine::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using One = hn::FixedTag<float, 1>;

/// Runs body(tag, i) over [0, n): whole vectors, then single elements.
template <class Body>
HWY_INLINE void sweep(std::int64_t n, Body&& body) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(d, i);
  for (; i < n; ++i) body(One(), i);
}

/// sum over i of term(tag, i), a vector of terms.
template <class Term>
HWY_INLINE float sum_of(std::int64_t n, Term&& term) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto total = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) total = hn::Add(total, term(d, i));
  float sum = hn::GetLane(hn::SumOfLanes(d, total));
  for (; i < n; ++i) sum += hn::GetLane(term(One(), i));
  return sum;
}

template <class D>
HWY_INLINE auto load_bf16(D d, const Bf16* x) {
  const hn::Rebind<std::uint16_t, D> d16;
  const hn::Repartition<std::uint32_t, D> d32;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(d32, hn::LoadU(d16, x))));
}

/// Rounds to the nearest, ties to even; for finite x.
template <class D, class V>
HWY_INLINE void store_bf16(D /*d*/, V x, Bf16* out) {
  const hn::Rebind<std::uint16_t, D> d16;
  const hn::Repartition<std::uint32_t, D> d32;
  const auto bits = hn::BitCast(d32, x);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d32, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(d32, 0x7FFF)));
  hn::StoreU(hn::TruncateTo(d16, hn::ShiftRight<16>(rounded)), d16, out);
}

void ToBf16(const float* x, std::int64_t n, float scale, Bf16* out) {
  sweep(n, [&](auto d, std::int64_t i) HWY_ATTR {
    store_bf16(d, hn::Mul(hn::LoadU(d, x + i), hn::Set(d, scale)), out + i);
  });
}

void AddScaled(const Bf16* x, std::int64_t n, float weight, float* sum) {
  sweep(n, [&](auto d, std::int64_t i) HWY_ATTR {
    hn::StoreU(hn::MulAdd(load_bf16(d, x + i), hn::Set(d, weight), hn::LoadU(d, sum + i)), d,
               sum + i);
  });
}

void RmsNorm(const float* x, const float* w, std::int64_t n, float eps, Bf16* out) {
  const float squares = sum_of(n, [&](auto d, std::int64_t i) HWY_ATTR {
    const auto v = hn::LoadU(d, x + i);
    return hn::Mul(v, v);
  });
  const float r = 1.0f / std::sqrt(squares / static_cast<float>(n) + eps);
  sweep(n, [&](auto d, std::int64_t i) HWY_ATTR {
    store_bf16(d, hn::Mul(hn::Mul(hn::LoadU(d, x + i), hn::Set(d, r)), hn::LoadU(d, w + i)),
               out + i);
  });
}

void Rotate(const float* cos, const float* sin, std::int64_t half, Bf16* x) {
  sweep(half, [&](auto d, std::int64_t j) HWY_ATTR {
    const auto a = load_bf16(d, x + j), b = load_bf16(d, x + half + j);
    const auto c = hn::LoadU(d, cos + j), s = hn::LoadU(d, sin + j);
    store_bf16(d, hn::NegMulAdd(b, s, hn::Mul(a, c)), x + j);
    store_bf16(d, hn::MulAdd(a, s, hn::Mul(b, c)), x + half + j);
  });
}

float LargestOf(const float* s, std::int64_t n) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  auto peak = hn::Set(d, -INFINITY);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) peak = hn::Max(peak, hn::LoadU(d, s + i));
  float largest = hn::GetLane(hn::MaxOfLanes(d, peak));
  for (; i < n; ++i) largest = s[i] > largest ? s[i] : largest;
  return largest;
}

float SoftmaxNumerators(const float* s, std::int64_t n, float scale, Bf16* p) {
  const float peak = LargestOf(s, n);
  return sum_of(n, [&](auto d, std::int64_t i) HWY_ATTR {
    const auto centred = hn::Sub(hn::LoadU(d, s + i), hn::Set(d, peak));
    store_bf16(d, tess2::HWY_NAMESPACE::exp(d, hn::Mul(centred, hn::Set(d, scale))), p + i);
    return load_bf16(d, p + i);
  });
}

Spread SpreadOf(const Bf16* x, std::int64_t n) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  // Two of each, for one would wait for itself.
  auto largest0 = hn::Zero(d), largest1 = hn::Zero(d), total0 = hn::Zero(d), total1 = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) {
    const auto v0 = hn::Abs(load_bf16(d, x + i)), v1 = hn::Abs(load_bf16(d, x + i + lanes));
    largest0 = hn::Max(largest0, v0);
    largest1 = hn::Max(largest1, v1);
    total0 = hn::Add(total0, v0);
    total1 = hn::Add(total1, v1);
  }
  Spread spread{hn::GetLane(hn::MaxOfLanes(d, hn::Max(largest0, largest1))),
                hn::GetLane(hn::SumOfLanes(d, hn::Add(total0, total1)))};
  for (; i < n; ++i) {
    const float v = std::abs(hn::GetLane(load_bf16(One(), x + i)));
    spread.largest = v > spread.largest ? v : spread.largest;
    spread.mean_magnitude += v;
  }
  spread.mean_magnitude /= static_cast<float>(n);
  return spread;
}

/// Lanes of whole numbers between 0 and 255 as bytes.
template <class D, class V>
HWY_INLINE void store_bytes(D, V whole, std::uint8_t* out) {
  const hn::Rebind<std::uint8_t, D> d8;
  hn::StoreU(hn::DemoteTo(d8, whole), d8, out);
}

void Quantise(const Bf16* x, std::int64_t n, float inverse_scale, std::uint8_t* out) {
  sweep(n, [&](auto d, std::int64_t i) HWY_ATTR {
    const hn::RebindToSigned<decltype(d)> di;
    const auto v = hn::Mul(load_bf16(d, x + i), hn::Set(d, inverse_scale));
    const auto bounded = hn::Min(hn::Max(v, hn::Set(d, -127.0f)), hn::Set(d, 127.0f));
    store_bytes(di, hn::Add(hn::NearestInt(bounded), hn::Set(di, 128)), out + i);
  });
}

void QuantiseSpreading(const float* p, std::int64_t n, float inverse_scale, std::uint8_t* out) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto most = hn::Set(d, 255.0f), inverse = hn::Set(d, inverse_scale);
  auto left_over = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto v = hn::MulAdd(hn::LoadU(d, p + i), inverse, left_over);
    const auto whole = hn::NearestInt(hn::Min(hn::Max(v, hn::Zero(d)), most));
    left_over = hn::Sub(v, hn::ConvertTo(d, whole));
    store_bytes(di, whole, out + i);
  }
  float scalar = hn::GetLane(hn::SumOfLanes(d, left_over));
  for (; i < n; ++i) {
    const float v = p[i] * inverse_scale + scalar;
    const float whole = std::nearbyint(v < 0.0f ? 0.0f : (v > 255.0f ? 255.0f : v));
    scalar = v - whole;
    out[i] = static_cast<std::uint8_t>(whole);
  }
}

enum class ProductKind { kFloat, kBytes, kBytesAndOutliers };

/// y of row i at columns k, k + 1, ...
template <ProductKind kKind, class D>
HWY_INLINE auto result_of(D d, const ProductBlock& y, std::int64_t i, std::int64_t k) {
  const std::int64_t at = i * y.stride + k;
  if constexpr (kKind == ProductKind::kFloat) {
    return hn::LoadU(d, y.values + at);
  } else {
    const hn::RebindToSigned<D> di;
    const auto shift = hn::Mul(hn::LoadU(di, y.sums + k), hn::Set(di, y.zero_point));
    const auto whole = hn::ConvertTo(d, hn::Sub(hn::LoadU(di, y.integers + at), shift));
    const auto row_scale = hn::Set(d, y.row_scales[i]);
    const auto scales = hn::LoadU(d, y.scales + k);
    if constexpr (kKind == ProductKind::kBytes) return hn::Mul(whole, hn::Mul(scales, row_scale));
    return hn::Mul(scales, hn::MulAdd(whole, row_scale, hn::LoadU(d, y.outliers + at)));
  }
}

/// Runs body(tag, read, i, k) over a block; read(tag, block) is the block's y there.
template <ProductKind kKind, class Body>
HWY_INLINE void sweep_block(const ProductBlock& y, Body&& body) {
  for (std::int64_t i = 0; i < y.rows; ++i) {
    sweep(y.columns, [&](auto d, std::int64_t k) HWY_ATTR {
      const auto read = [&](const ProductBlock& block)
                            HWY_ATTR { return result_of<kKind>(d, block, i, k); };
      body(d, read, i, k);
    });
  }
}

template <class Body>
HWY_INLINE void sweep_products(const ProductBlock& y, Body&& body) {
  if (y.values != nullptr) return sweep_block<ProductKind::kFloat>(y, body);
  if (y.outliers == nullptr) return sweep_block<ProductKind::kBytes>(y, body);
  sweep_block<ProductKind::kBytesAndOutliers>(y, body);
}

void StoreFloat(const ProductBlock& y, float* out, std::int64_t stride) {
  sweep_products(y, [&](auto d, const auto& read, std::int64_t i, std::int64_t k)
                        HWY_ATTR { hn::StoreU(read(y), d, out + i * stride + k); });
}

void StoreBf16(const ProductBlock& y, Bf16* out, std::int64_t stride) {
  sweep_products(y, [&](auto d, const auto& read, std::int64_t i, std::int64_t k)
                        HWY_ATTR { store_bf16(d, read(y), out + i * stride + k); });
}

void Add(const ProductBlock& y, float* sum, std::int64_t stride) {
  sweep_products(y, [&](auto d, const auto& read, std::int64_t i, std::int64_t k) HWY_ATTR {
    float* to = sum + i * stride + k;
    hn::StoreU(hn::Add(hn::LoadU(d, to), read(y)), d, to);
  });
}

void SwiGlu(const ProductBlock& gate, const ProductBlock& up, Bf16* out, std::int64_t stride) {
  sweep_products(gate, [&](auto d, const auto& read, std::int64_t i, std::int64_t k) HWY_ATTR {
    const auto g = read(gate);
    const auto denominator = hn::Add(hn::Set(d, 1.0f), tess2::HWY_NAMESPACE::exp(d, hn::Neg(g)));
    store_bf16(d, hn::Mul(hn::Div(g, denominator), read(up)), out + i * stride + k);
  });
}

/// sum (w - scale round(w / scale))^2 over 32 weights, rounded to -8 ... 7.
HWY_INLINE float group_error(const float* w, float scale) {
  return sum_of(32, [&](auto d, std::int64_t i) HWY_ATTR {
    const auto v = hn::LoadU(d, w + i);
    const auto steps = hn::Round(hn::Mul(v, hn::Set(d, 1.0f / scale)));
    const auto bounded = hn::Min(hn::Max(steps, hn::Set(d, -8.0f)), hn::Set(d, 7.0f));
    const auto error = hn::NegMulAdd(bounded, hn::Set(d, scale), v);
    return hn::Mul(error, error);
  });
}

float GroupScale(const float* w) {
  float peak = 0.0f;
  for (int k = 0; k < 32; ++k) peak = std::abs(w[k]) > std::abs(peak) ? w[k] : peak;
  if (peak == 0.0f) return 0.0f;
  float best_scale = 0.0f, best_error = INFINITY;
  for (int step = -4; step <= 4; ++step) {
    const float scale = peak / (-8.0f + 0.25f * static_cast<float>(step));
    const float error = group_error(w, scale);
    if (error >= best_error) continue;
    best_error = error;
    best_scale = scale;
  }
  return best_scale;
}

void UnpackGroups(const std::uint8_t* codes, const std::int16_t* ratios, std::int64_t groups,
                  std::int8_t* out) {
  constexpr std::int64_t kRow = 64 * 4;
  const hn::CappedTag<std::int16_t, 32> d;
  const hn::Rebind<std::uint8_t, decltype(d)> du8;
  const hn::Rebind<std::int8_t, decltype(d)> di8;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  // A code c stands for (c - 8); 16 (c - 8) ratio / 2^15 is what MulFixedPoint15 rounds.
  const auto value = [&](auto code)
                         HWY_ATTR { return hn::ShiftLeft<4>(hn::Sub(code, hn::Set(d, 8))); };
  std::int16_t spread_ratios[kRow];
  for (std::int64_t g = 0; g < groups; ++g, ratios += 64) {
    for (std::int64_t i = 0; i < kRow; ++i) spread_ratios[i] = ratios[i / 4];
    for (std::int64_t r = 0; r < 4; ++r, codes += kRow, out += 2 * kRow) {
      for (std::int64_t i = 0; i < kRow; i += lanes) {
        const auto ratio = hn::LoadU(d, spread_ratios + i);
        const auto both = hn::PromoteTo(d, hn::LoadU(du8, codes + i));
        const auto low = value(hn::And(both, hn::Set(d, 15)));
        const auto high = value(hn::ShiftRight<4>(both));
        hn::StoreU(hn::DemoteTo(di8, hn::MulFixedPoint15(low, ratio)), di8, out + i);
        hn::StoreU(hn::DemoteTo(di8, hn::MulFixedPoint15(high, ratio)), di8, out + kRow + i);
      }
    }
  }
}

}  // namespace tess2::engine::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tess2::engine::kernels {

HWY_EXPORT(ToBf16);
HWY_EXPORT(AddScaled);
HWY_EXPORT(Add);
HWY_EXPORT(RmsNorm);
HWY_EXPORT(SwiGlu);
HWY_EXPORT(Rotate);
HWY_EXPORT(GroupScale);
HWY_EXPORT(SoftmaxNumerators);
HWY_EXPORT(SpreadOf);
HWY_EXPORT(Quantise);
HWY_EXPORT(QuantiseSpreading);
HWY_EXPORT(StoreFloat);
HWY_EXPORT(StoreBf16);
HWY_EXPORT(UnpackGroups);

void scale_to_bf16(const float* x, std::int64_t n, float scale, Bf16* out) {
  HWY_DYNAMIC_DISPATCH(ToBf16)(x, n, scale, out);
}

void add_scaled(const Bf16* x, std::int64_t n, float weight, float* sum) {
  HWY_DYNAMIC_DISPATCH(AddScaled)(x, n, weight, sum);
}

void rms_norm(const float* x, const float* w, std::int64_t n, float eps, Bf16* out) {
  HWY_DYNAMIC_DISPATCH(RmsNorm)(x, w, n, eps, out);
}

void rotate(const float* cos, const float* sin, std::int64_t half, Bf16* x) {
  HWY_DYNAMIC_DISPATCH(Rotate)(cos, sin, half, x);
}

float group_scale(const float* w) {
  return HWY_DYNAMIC_DISPATCH(GroupScale)(w);
}

float softmax_numerators(const float* s, std::int64_t n, float scale, Bf16* p) {
  return HWY_DYNAMIC_DISPATCH(SoftmaxNumerators)(s, n, scale, p);
}

Spread spread(const Bf16* x, std::int64_t n) {
  return HWY_DYNAMIC_DISPATCH(SpreadOf)(x, n);
}

void quantise(const Bf16* x, std::int64_t n, float inverse_scale, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(Quantise)(x, n, inverse_scale, out);
}

void quantise_spreading(const float* p, std::int64_t n, float inverse_scale, std::uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(QuantiseSpreading)(p, n, inverse_scale, out);
}

void store(const ProductBlock& y, float* out, std::int64_t stride) {
  HWY_DYNAMIC_DISPATCH(StoreFloat)(y, out, stride);
}

void store(const ProductBlock& y, Bf16* out, std::int64_t stride) {
  HWY_DYNAMIC_DISPATCH(StoreBf16)(y, out, stride);
}

void add(const ProductBlock& y, float* sum, std::int64_t stride) {
  HWY_DYNAMIC_DISPATCH(Add)(y, sum, stride);
}

void swiglu(const ProductBlock& gate, const ProductBlock& up, Bf16* out, std::int64_t stride) {
  HWY_DYNAMIC_DISPATCH(SwiGlu)(gate, up, out, stride);
}

void unpack_groups(const std::uint8_t* codes, const std::int16_t* ratios, std::int64_t groups,
                   std::int8_t* out) {
  HWY_DYNAMIC_DISPATCH(UnpackGroups)(codes, ratios, groups, out);
}

}  // namespace tess2::engine::kernels
#endif
