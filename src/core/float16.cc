#include "core/float16.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/float16.cc"
// Highway compiles this file once a target.
#include <hwy/foreach_target.h>
// The order matters.
#include "core/float16_inl.h"

HWY_BEFORE_NAMESPACE();
namespace tess2::HWY_NAMESPACE {

constexpr float kLargest = 65504.0f;
constexpr float kRoundsToZero = 0x1p-25f;

#if HWY_TARGET == HWY_SSE4 || HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128

/// The float nearest to v that a float16 holds (|v| <= kLargest): these targets have no instruction
/// for the conversion, and Highway's cuts digits off instead of rounding. Here nothing is left to
/// cut.
FloatVector rounded(Floats d, FloatVector v) {
  const hn::RebindToUnsigned<Floats> bits;
  const auto x = hn::BitCast(bits, v);
  // 13 of the 23 digits go: add just under half of the last one kept, and that one's own parity.
  const auto last = hn::And(hn::ShiftRight<13>(x), hn::Set(bits, 1u));
  const auto up = hn::Add(x, hn::Add(last, hn::Set(bits, 0xfffu)));
  const auto normal = hn::BitCast(d, hn::And(up, hn::Set(bits, ~0x1fffu)));
  // Below the normal numbers the step is 2^-24, which is that of floats from 1/2 to 1.
  const auto size = hn::Abs(v);
  const auto half = hn::Set(d, 0.5f);
  const auto small = hn::CopySign(hn::Sub(hn::Add(size, half), half), v);
  return hn::IfThenElse(hn::Lt(size, hn::Set(d, 0x1p-14f)), small, normal);
}

#else

HWY_INLINE FloatVector rounded(Floats, FloatVector v) {
  return v;
}

#endif

void to_float16_kernel(const float* from, std::size_t n, Float16* to) {
  const Floats d;
  const hn::Rebind<hwy::float16_t, Floats> halves;
  HWY_ALIGN hwy::float16_t part[hn::MaxLanes(Floats())];
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const FloatVector v = load_some(d, from + i, n - i, 0.0f);
    const FloatVector bounded = hn::Clamp(v, hn::Set(d, -kLargest), hn::Set(d, kLargest));
    // Not every conversion keeps the sign of a zero, so none is to have one.
    const auto is_zero = hn::Le(hn::Abs(bounded), hn::Set(d, kRoundsToZero));
    const FloatVector unsigned_zeros = hn::IfThenZeroElse(is_zero, bounded);
    const auto half = hn::DemoteTo(halves, rounded(d, unsigned_zeros));
    if (n - i >= hn::Lanes(d)) {
      hn::StoreU(half, halves, reinterpret_cast<hwy::float16_t*>(to + i));
      continue;
    }
    hn::StoreU(half, halves, part);
    std::copy_n(reinterpret_cast<const Float16*>(part), n - i, to + i);
  }
}

void to_float32_kernel(const Float16* from, std::size_t n, float* to) {
  const Floats d;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    store_some(load_some(d, from + i, n - i, 0.0f), d, to + i, n - i);
  }
}

}  // namespace tess2::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tess2 {

HWY_EXPORT(to_float16_kernel);
HWY_EXPORT(to_float32_kernel);

void to_float16(std::span<const float> from, std::span<Float16> to) {
  HWY_DYNAMIC_DISPATCH(to_float16_kernel)(from.data(), from.size(), to.data());
}

void to_float32(std::span<const Float16> from, std::span<float> to) {
  HWY_DYNAMIC_DISPATCH(to_float32_kernel)(from.data(), from.size(), to.data());
}

}  // namespace tess2
#endif
