#include "diffusion/selection.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "core/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "diffusion/selection.cc"
// Highway compiles this file once a target.
#include <hwy/foreach_target.h>
// The order matters.
#include "core/float16_inl.h"

HWY_BEFORE_NAMESPACE();
namespace tess2::diffusion::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using tess2::HWY_NAMESPACE::Floats;
using tess2::HWY_NAMESPACE::FloatVector;
using tess2::HWY_NAMESPACE::load_some;

using Doubles = hn::Repartition<double, Floats>;

/// A sum of floats in double, by halves of their vectors.
struct Mass {
  hn::Vec<Doubles> lower, upper;
};

HWY_INLINE void add(FloatVector v, Mass& mass) {
#if HWY_TARGET == HWY_SCALAR
  mass.lower = hn::Add(mass.lower, hn::PromoteTo(Doubles(), v));
#else
  const hn::Half<Floats> half;
  mass.lower = hn::Add(mass.lower, hn::PromoteTo(Doubles(), hn::LowerHalf(half, v)));
  mass.upper = hn::Add(mass.upper, hn::PromoteTo(Doubles(), hn::UpperHalf(half, v)));
#endif
}

/// out <- the values in [low, high), in their order. `out` may be `values`, and its last vector is
/// used up to the end of the list.
void keep_between_kernel(const float* values, std::size_t n, float low, float high, float* out,
                         Kept& kept) {
  const Floats d;
  Mass mass{hn::Zero(Doubles()), hn::Zero(Doubles())};
  FloatVector least = hn::Set(d, kept.least), largest = hn::Set(d, kept.largest);
  HWY_ALIGN float part[hn::MaxLanes(Floats())];
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const FloatVector v = load_some(d, values + i, n - i, -1.0f);
    const auto chosen = hn::And(hn::Ge(v, hn::Set(d, low)), hn::Lt(v, hn::Set(d, high)));
    const FloatVector weight = hn::IfThenElseZero(chosen, v);
    add(weight, mass);
    least = hn::Min(least, hn::IfThenElse(chosen, v, least));
    largest = hn::Max(largest, weight);
    const std::size_t count = hn::CountTrue(d, chosen);
    if (n - i >= hn::Lanes(d)) {
      // What it writes past the count has been read.
      hn::StoreU(hn::Compress(v, chosen), d, out + kept.count);
    } else {
      hn::Store(hn::Compress(v, chosen), d, part);
      std::copy_n(part, count, out + kept.count);
    }
    kept.count += count;
  }
  kept.mass = hn::GetLane(hn::SumOfLanes(Doubles(), hn::Add(mass.lower, mass.upper)));
  kept.least = hn::GetLane(hn::MinOfLanes(d, least));
  kept.largest = hn::GetLane(hn::MaxOfLanes(d, largest));
}

/// Index of the equal after `rank` others; n where there are fewer.
template <class T>
std::size_t index_of(const T* values, std::size_t n, float value, std::size_t rank) {
  const Floats d;
  // Lanes past the end hold something else.
  const float other = value == 0.0f ? 1.0f : 0.0f;
  for (std::size_t i = 0; i < n; i += hn::Lanes(d)) {
    const auto equal = hn::Eq(load_some(d, values + i, n - i, other), hn::Set(d, value));
    const std::size_t count = hn::CountTrue(d, equal);
    if (count <= rank) {
      rank -= count;
      continue;
    }
    HWY_ALIGN float flags[hn::MaxLanes(Floats())];
    hn::Store(hn::IfThenElseZero(equal, hn::Set(d, 1.0f)), d, flags);
    for (std::size_t lane = 0;; ++lane) {
      if (flags[lane] != 0.0f && rank-- == 0) return i + lane;
    }
  }
  return n;
}

std::size_t index_of_kernel(const LogitRow& row, float value, std::size_t rank) {
  return row.visit([&](const auto* x) { return index_of(x, row.size(), value, rank); });
}

}  // namespace tess2::diffusion::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tess2::diffusion {
namespace {

HWY_EXPORT(keep_between_kernel);
HWY_EXPORT(index_of_kernel);

// Lists that are sorted rather than divided.
constexpr std::size_t kFew = 64;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

Kept keep_between(std::span<const float> values, float low, float high, std::span<float> out) {
  Kept kept;
  HWY_DYNAMIC_DISPATCH(keep_between_kernel)
  (values.data(), values.size(), low, high, out.data(), kept);
  return kept;
}

/// The value halfway from `least` to `largest` by exponent and digits (the bits of positive floats
/// are in their order): above `least`, at most `largest`.
float middle(float least, float largest) {
  const auto low = std::bit_cast<std::uint32_t>(least);
  const auto high = std::bit_cast<std::uint32_t>(largest);
  return std::bit_cast<float>(high - (high - low) / 2);
}

/// The crossing among few values; `above` is the mass of all that come before them.
Crossing crossing_of_few(std::span<float> values, double above, double mass) {
  std::ranges::sort(values, std::greater<>());
  Crossing found{values.front(), 0, above};
  for (std::size_t i = 0; i < values.size(); ++i) {
    found.rank = i > 0 && values[i] == found.value ? found.rank + 1 : 0;
    found.value = values[i];
    found.mass += static_cast<double>(values[i]);
    if (found.mass >= mass) break;
  }
  return found;
}

/// The crossing among `count` entries of one value.
Crossing crossing_of_equals(float value, std::size_t count, double above, double mass) {
  const auto size = static_cast<double>(value);
  const auto sum = [&](std::size_t taken) { return above + static_cast<double>(taken) * size; };
  const double wanted = std::ceil((mass - above) / size);
  std::size_t taken = count;
  if (wanted < static_cast<double>(count)) {
    taken = static_cast<std::size_t>(std::max(wanted, 1.0));
  }
  // The division rounds.
  while (taken > 1 && sum(taken - 1) >= mass) --taken;
  while (taken < count && sum(taken) < mass) ++taken;
  return {value, taken - 1, sum(taken)};
}

}  // namespace

Crossing crossing(std::span<float> values, const Kept& kept, std::span<float> spare, double mass) {
  if (kept.count == 0) throw Error("selection: expected numbers, found none");
  double above = 0.0;
  Kept all = kept;
  for (;;) {
    values = values.first(all.count);
    if (all.count <= kFew) return crossing_of_few(values, above, mass);
    if (all.least == all.largest) return crossing_of_equals(all.least, all.count, above, mass);
    const float pivot = middle(all.least, all.largest);
    const Kept upper = keep_between(values, pivot, kInfinity, spare);
    if (above + upper.mass >= mass) {
      std::swap(values, spare);
      all = upper;
      continue;
    }
    above += upper.mass;
    all = keep_between(values, 0.0f, pivot, values);
  }
}

Kept keep_at_least(std::span<const float> values, float least, std::span<float> out) {
  return keep_between(values, least, kInfinity, out);
}

std::size_t index_of(const LogitRow& values, float value, std::size_t rank) {
  const auto index = HWY_DYNAMIC_DISPATCH(index_of_kernel)(values, value, rank);
  if (index == values.size()) throw Error("selection: expected a value that is in the row");
  return index;
}

}  // namespace tess2::diffusion
#endif
