// exp, log and sin/cos in float, written as straight arithmetic so that the compiler vectorises
// loops over them and every machine gives the same bits (compile users without contraction to
// fused multiply-add). Coefficients: Cephes single precision (S. Moshier), public domain figures.
#pragma once

#include <bit>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(TESS2_NO_TARGET_CLONES)
/// Compiles a kernel for AVX-512, AVX2 and the base machine; the loader picks one.
#define TESS2_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TESS2_KERNEL
#endif

namespace tess2::vector_math {

/// e^x; relative error below 2e-7 for x in [-87, 88], clamped outside.
inline float exp(float x) {
  x = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  // Adding 1.5 * 2^23 rounds to an integer, kept in the low bits.
  const float shifted = x * 1.44269504088896341f + 12582912.0f;
  const float n = shifted - 12582912.0f;
  const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  const std::int32_t exponent = static_cast<std::int32_t>(n) + 127;
  return p * std::bit_cast<float>(exponent << 23);
}

/// Natural logarithm of a positive normal number; relative error below 2e-7.
inline float log(float x) {
  const std::int32_t bits = std::bit_cast<std::int32_t>(x);
  // m in [sqrt(1/2), sqrt(2)), x = m * 2^e
  const std::int32_t e = (bits - 0x3f3504f3) >> 23;
  const float m = std::bit_cast<float>(bits - (e << 23)) - 1.0f;
  const float z = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  const float fe = static_cast<float>(e);
  float y = p * m * z + fe * -2.12194440e-4f;
  y = y - 0.5f * z;
  return m + y + fe * 0.693359375f;
}

struct SinCos {
  float sin;
  float cos;
};

/// sin(2 pi u) and cos(2 pi u) for u in [0, 1); absolute error below 2e-7.
inline SinCos sincos_turns(float u) {
  // Quarter turn q (0..4) nearest to u, and what is left in [-1/8, 1/8] turns.
  const float shifted = u * 4.0f + 12582912.0f;
  const float nearest = shifted - 12582912.0f;
  const std::int32_t q = static_cast<std::int32_t>(nearest);
  const float a = (u - nearest * 0.25f) * 6.283185307179586f;
  const float z = a * a;
  float s = -1.9515295891e-4f;
  s = s * z + 8.3321608736e-3f;
  s = s * z - 1.6666654611e-1f;
  s = s * z * a + a;
  float c = 2.443315711809948e-5f;
  c = c * z - 1.388731625493765e-3f;
  c = c * z + 4.166664568298827e-2f;
  c = c * z * z - 0.5f * z + 1.0f;
  const bool swap = (q & 1) != 0;
  const float sin_part = swap ? c : s;
  const float cos_part = swap ? s : c;
  const float sin_sign = (q & 2) != 0 ? -1.0f : 1.0f;
  const float cos_sign = ((q + 1) & 2) != 0 ? -1.0f : 1.0f;
  return {sin_part * sin_sign, cos_part * cos_sign};
}

}  // namespace tess2::vector_math
