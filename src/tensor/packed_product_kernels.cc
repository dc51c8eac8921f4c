// Compiled once for every target that Highway knows of this machine's family.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tensor/packed_product_kernels.cc"
#include <hwy/foreach_target.h>
// The order matters.
#include <hwy/highway.h>

#include "tensor/packed_product_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace tess2::tensor::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// c[i, n] = sum_k a[i, k] b[k, n]: one panel of 64 columns, kRows rows at a time in registers.
template <std::int64_t kRows>
HWY_INLINE void multiply_rows(const Bf16* a, std::int64_t a_stride, const Bf16* b,
                              std::int64_t depth, float* c, std::int64_t c_stride) {
  const hn::ScalableTag<float> d;
  const hn::Repartition<std::uint32_t, decltype(d)> d32;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto high_half = hn::Set(d32, 0xFFFF0000u);
  for (std::int64_t n = 0; n < 64; n += lanes) {
    decltype(hn::Zero(d)) total[kRows];
    for (auto& t : total) t = hn::Zero(d);
    for (std::int64_t k = 0; k < depth; k += 2) {
      // Two inputs of a channel lie in 32 bits: the first in the low half.
      const auto pair = hn::LoadU(d32, reinterpret_cast<const std::uint32_t*>(b + k * 64) + n);
      const auto first = hn::BitCast(d, hn::ShiftLeft<16>(pair));
      const auto second = hn::BitCast(d, hn::And(pair, high_half));
      for (std::int64_t i = 0; i < kRows; ++i) {
        const auto low = static_cast<std::uint32_t>(a[i * a_stride + k]) << 16;
        const auto high = static_cast<std::uint32_t>(a[i * a_stride + k + 1]) << 16;
        total[i] = hn::MulAdd(first, hn::BitCast(d, hn::Set(d32, low)), total[i]);
        total[i] = hn::MulAdd(second, hn::BitCast(d, hn::Set(d32, high)), total[i]);
      }
    }
    for (std::int64_t i = 0; i < kRows; ++i) hn::StoreU(total[i], d, c + i * c_stride + n);
  }
}

template <std::int64_t kRows>
HWY_INLINE void multiply_rows(const std::uint8_t* a, std::int64_t a_stride, const std::int8_t* b,
                              std::int64_t depth, std::int32_t* c, std::int64_t c_stride) {
  const hn::ScalableTag<std::int32_t> d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t n = 0; n < 64; n += lanes) {
    decltype(hn::Zero(d)) total[kRows];
    for (auto& t : total) t = hn::Zero(d);
    for (std::int64_t k = 0; k < depth; k += 4) {
      const auto four = hn::LoadU(d, reinterpret_cast<const std::int32_t*>(b + k * 64) + n);
      // Each of the four inputs of a channel, its sign kept.
      const auto b0 = hn::ShiftRight<24>(hn::ShiftLeft<24>(four));
      const auto b1 = hn::ShiftRight<24>(hn::ShiftLeft<16>(four));
      const auto b2 = hn::ShiftRight<24>(hn::ShiftLeft<8>(four));
      const auto b3 = hn::ShiftRight<24>(four);
      for (std::int64_t i = 0; i < kRows; ++i) {
        const std::uint8_t* x = a + i * a_stride + k;
        const auto sum01 = hn::Add(hn::Mul(b0, hn::Set(d, x[0])), hn::Mul(b1, hn::Set(d, x[1])));
        const auto sum23 = hn::Add(hn::Mul(b2, hn::Set(d, x[2])), hn::Mul(b3, hn::Set(d, x[3])));
        total[i] = hn::Add(total[i], hn::Add(sum01, sum23));
      }
    }
    for (std::int64_t i = 0; i < kRows; ++i) hn::StoreU(total[i], d, c + i * c_stride + n);
  }
}

template <class A, class B, class C>
HWY_INLINE void multiply_panels(const A* a, std::int64_t a_stride, const B* b, std::int64_t m,
                                std::int64_t n, std::int64_t depth, C* c, std::int64_t c_stride) {
  for (std::int64_t panel = 0; panel < n / 64; ++panel, b += 64 * depth, c += 64) {
    std::int64_t i = 0;
    for (; i + 4 <= m; i += 4) {
      multiply_rows<4>(a + i * a_stride, a_stride, b, depth, c + i * c_stride, c_stride);
    }
    for (; i < m; ++i) {
      multiply_rows<1>(a + i * a_stride, a_stride, b, depth, c + i * c_stride, c_stride);
    }
  }
}

void MultiplyBf16(const Bf16* a, std::int64_t a_stride, const Bf16* b, std::int64_t m,
                  std::int64_t n, std::int64_t depth, float* c, std::int64_t c_stride) {
  multiply_panels(a, a_stride, b, m, n, depth, c, c_stride);
}

void MultiplyBytes(const std::uint8_t* a, std::int64_t a_stride, const std::int8_t* b,
                   std::int64_t m, std::int64_t n, std::int64_t depth, std::int32_t* c,
                   std::int64_t c_stride) {
  multiply_panels(a, a_stride, b, m, n, depth, c, c_stride);
}

}  // namespace tess2::tensor::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tess2::tensor::kernels {

HWY_EXPORT(MultiplyBf16);
HWY_EXPORT(MultiplyBytes);

void multiply(const Bf16* a, const Bf16* b, std::int64_t m, std::int64_t n, std::int64_t depth,
              float* c) {
  HWY_DYNAMIC_DISPATCH(MultiplyBf16)(a, depth, b, m, n, depth, c, n);
}

void multiply(const std::uint8_t* a, const std::int8_t* b, std::int64_t m, std::int64_t n,
              std::int64_t depth, std::int32_t* c) {
  HWY_DYNAMIC_DISPATCH(MultiplyBytes)(a, depth, b, m, n, depth, c, n);
}

}  // namespace tess2::tensor::kernels
#endif
