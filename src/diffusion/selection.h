// Places in the order of falling values, found without sorting: the nucleus ends at one and a draw
// falls on another.
#pragma once

#include <cstddef>
#include <limits>
#include <span>

#include "diffusion/logit_row.h"

namespace tess2::diffusion {

/// The entry at which a running sum reaches a mass, where entries come in falling order and of
/// equals the lower index first.
struct Crossing {
  float value;       ///< of the entry
  std::size_t rank;  ///< how many equals of it come before
  double mass;       ///< of all entries up to it, itself included
};

/// Some of a list of values.
struct Kept {
  std::size_t count = 0;
  double mass = 0.0;  ///< their sum
  float least = std::numeric_limits<float>::infinity();
  float largest = 0.0f;
};

/// out <- those of `values` (none negative) that are `least` or more, in their order. `out` is as
/// long as `values`.
Kept keep_at_least(std::span<const float> values, float least, std::span<float> out);

/// Where the running sum of `values` reaches `mass`; the last entry where it never does. `values`
/// are what `kept` describes, are used up, and `spare` is as long. Sums are in double, in an order
/// that depends on the values and on the width of the machine's vectors. Throws Error where there
/// are no values.
Crossing crossing(std::span<float> values, const Kept& kept, std::span<float> spare, double mass);

/// Index of the entry that equals `value` and comes after `rank` others that do. Throws Error where
/// there are fewer.
std::size_t index_of(const LogitRow& values, float value, std::size_t rank);

}  // namespace tess2::diffusion
