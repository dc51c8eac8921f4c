// The functions of core/vector_math.h on vectors, for kernels written with Highway. Included once a
// target (hwy/foreach_target.h), so it has no usual guard.
#if defined(TESS2_CORE_VECTOR_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TESS2_CORE_VECTOR_MATH_INL_H
#undef TESS2_CORE_VECTOR_MATH_INL_H
#else
#define TESS2_CORE_VECTOR_MATH_INL_H
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tess2::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// e^x; relative error below 3e-7 for x in [-87, 88], clamped outside. Uses fused multiply-adds
/// where there are any, so its last bit differs between targets.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp(D d, V x) {
  const hn::RebindToSigned<D> di;
  x = hn::Min(hn::Max(x, hn::Set(d, -87.0f)), hn::Set(d, 88.0f));
  // Adding 1.5 * 2^23 rounds to an integer n, kept in the low bits.
  const V magic = hn::Set(d, 12582912.0f);
  const V shifted = hn::MulAdd(x, hn::Set(d, 1.44269504088896341f), magic);
  const V n = hn::Sub(shifted, magic);
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
  r = hn::MulAdd(n, hn::Set(d, 2.12194440e-4f), r);
  V p = hn::Set(d, 1.9875691500e-4f);
  p = hn::MulAdd(p, r, hn::Set(d, 1.3981999507e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 8.3334519073e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.1665795894e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.6666665459e-1f));
  p = hn::MulAdd(p, r, hn::Set(d, 5.0000001201e-1f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0f));
  // p 2^n: n is added to the exponent; the bits of the magic number leave the word.
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(di, shifted));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, p), exponent));
}

// The two functions below take K vectors side by side: one alone would spend its time waiting for
// its own last result. Multiply-adds are fused only where the product is exact, so that every
// target gives the bits of the scalar functions.

/// Horner's rule: p <- (...(p x + c_0) x + ...) x + c_n.
template <class D, std::size_t K, std::size_t N, class V = hn::Vec<D>>
HWY_INLINE void horner(D d, const float (&c)[N], const V (&x)[K], V (&p)[K]) {
  HWY_UNROLL(16)
  for (std::size_t i = 0; i < N; ++i) {
    HWY_UNROLL(8)
    for (std::size_t k = 0; k < K; ++k) p[k] = hn::Add(hn::Mul(p[k], x[k]), hn::Set(d, c[i]));
  }
}

/// vector_math::log, bit by bit.
template <class D, std::size_t K, class V = hn::Vec<D>>
HWY_INLINE void log(D d, const V (&x)[K], V (&result)[K]) {
  const hn::RebindToSigned<D> di;
  static constexpr float kTerms[] = {-1.1514610310e-1f, 1.1676998740e-1f,  -1.2420140846e-1f,
                                     1.4249322787e-1f,  -1.6668057665e-1f, 2.0000714765e-1f,
                                     -2.4999993993e-1f, 3.3333331174e-1f};
  V m[K], p[K], exponent[K];
  HWY_UNROLL(8)
  for (std::size_t k = 0; k < K; ++k) {
    // m in [sqrt(1/2), sqrt(2)), less 1; x = m * 2^e
    const auto bits = hn::BitCast(di, x[k]);
    const auto e = hn::ShiftRight<23>(hn::Sub(bits, hn::Set(di, 0x3f3504f3)));
    m[k] = hn::Sub(hn::BitCast(d, hn::Sub(bits, hn::ShiftLeft<23>(e))), hn::Set(d, 1.0f));
    exponent[k] = hn::ConvertTo(d, e);
    p[k] = hn::Set(d, 7.0376836292e-2f);
  }
  horner(d, kTerms, m, p);
  HWY_UNROLL(8)
  for (std::size_t k = 0; k < K; ++k) {
    const V z = hn::Mul(m[k], m[k]);
    const V low = hn::Mul(exponent[k], hn::Set(d, -2.12194440e-4f));
    V y = hn::Add(hn::Mul(hn::Mul(p[k], m[k]), z), low);
    y = hn::NegMulAdd(hn::Set(d, 0.5f), z, y);
    result[k] = hn::MulAdd(exponent[k], hn::Set(d, 0.693359375f), hn::Add(m[k], y));
  }
}

/// vector_math::sincos_turns, bit by bit.
template <class D, std::size_t K, class V = hn::Vec<D>>
HWY_INLINE void sincos_turns(D d, const V (&u)[K], V (&sine)[K], V (&cosine)[K]) {
  const hn::RebindToSigned<D> di;
  static constexpr float kSine[] = {8.3321608736e-3f, -1.6666654611e-1f};
  static constexpr float kCosine[] = {-1.388731625493765e-3f, 4.166664568298827e-2f};
  V a[K], z[K], s[K], c[K];
  hn::Vec<decltype(di)> q[K];
  HWY_UNROLL(8)
  for (std::size_t k = 0; k < K; ++k) {
    // Quarter turn q (0..4) nearest to u, in the low bits, and what is left in [-1/8, 1/8] turns.
    const V magic = hn::Set(d, 12582912.0f);
    const V shifted = hn::MulAdd(u[k], hn::Set(d, 4.0f), magic);
    q[k] = hn::BitCast(di, shifted);
    const V rest = hn::NegMulAdd(hn::Sub(shifted, magic), hn::Set(d, 0.25f), u[k]);
    a[k] = hn::Mul(rest, hn::Set(d, 6.283185307179586f));
    z[k] = hn::Mul(a[k], a[k]);
    s[k] = hn::Set(d, -1.9515295891e-4f);
    c[k] = hn::Set(d, 2.443315711809948e-5f);
  }
  horner(d, kSine, z, s);
  horner(d, kCosine, z, c);
  HWY_UNROLL(8)
  for (std::size_t k = 0; k < K; ++k) {
    s[k] = hn::Add(hn::Mul(hn::Mul(s[k], z[k]), a[k]), a[k]);
    c[k] = hn::NegMulAdd(hn::Set(d, 0.5f), z[k], hn::Mul(hn::Mul(c[k], z[k]), z[k]));
    c[k] = hn::Add(c[k], hn::Set(d, 1.0f));
    // Odd quarters swap the two; the second bit of q (of q + 1 for the cosine) is the sign.
    const auto one = hn::Set(di, 1);
    const auto two = hn::Set(di, 2);
    const auto swap = hn::RebindMask(d, hn::TestBit(q[k], one));
    const V sine_sign = hn::BitCast(d, hn::ShiftLeft<30>(hn::And(q[k], two)));
    const V cosine_sign = hn::BitCast(d, hn::ShiftLeft<30>(hn::And(hn::Add(q[k], one), two)));
    sine[k] = hn::Xor(hn::IfThenElse(swap, c[k], s[k]), sine_sign);
    cosine[k] = hn::Xor(hn::IfThenElse(swap, s[k], c[k]), cosine_sign);
  }
}

}  // namespace tess2::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // TESS2_CORE_VECTOR_MATH_INL_H
