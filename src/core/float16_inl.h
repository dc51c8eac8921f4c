// Vectors of floats from and to memory, for kernels written with Highway. Included once a target
// (hwy/foreach_target.h), so it has no usual guard.
#if defined(TESS2_CORE_FLOAT16_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TESS2_CORE_FLOAT16_INL_H
#undef TESS2_CORE_FLOAT16_INL_H
#else
#define TESS2_CORE_FLOAT16_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstddef>

#include "core/float16.h"

HWY_BEFORE_NAMESPACE();
namespace tess2::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

inline FloatVector load(Floats d, const float* x) {
  return hn::LoadU(d, x);
}

inline FloatVector load(Floats d, const Float16* x) {
  const hn::Rebind<hwy::float16_t, Floats> halves;
  return hn::PromoteTo(d, hn::LoadU(halves, reinterpret_cast<const hwy::float16_t*>(x)));
}

/// The first `count` values of x, of which no more are read, and `rest` in the other lanes.
template <class T>
inline FloatVector load_part(Floats d, const T* x, std::size_t count, float rest) {
  HWY_ALIGN T part[hn::MaxLanes(Floats())] = {};
  std::copy_n(x, count, part);
  return hn::IfThenElse(hn::FirstN(d, count), load(d, part), hn::Set(d, rest));
}

/// As many of x's `left` values as a vector holds.
template <class T>
HWY_INLINE FloatVector load_some(Floats d, const T* x, std::size_t left, float rest) {
  return left >= hn::Lanes(d) ? load(d, x) : load_part(d, x, left, rest);
}

/// Writes as many lanes as there are places left.
HWY_INLINE void store_some(FloatVector v, Floats d, float* out, std::size_t left) {
  if (left >= hn::Lanes(d)) return hn::StoreU(v, d, out);
  HWY_ALIGN float part[hn::MaxLanes(Floats())];
  hn::Store(v, d, part);
  std::copy_n(part, left, out);
}

}  // namespace tess2::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // TESS2_CORE_FLOAT16_INL_H
