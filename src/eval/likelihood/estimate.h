// Means over texts, and how far chance may have moved them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "eval/accuracy.h"

namespace tess2::eval {

/// What one text gives to a mean: the sum of a figure, and over how many things.
struct Amount {
  double sum = 0.0;
  double weight = 0.0;
};

/// A ratio of sums.
struct Estimate {
  double value = 0.0;                ///< 0 where the weights are
  std::optional<Interval> interval;  ///< 95 %; nothing where fewer than two texts have a weight
};

/// How often the texts are drawn again.
inline constexpr std::uint32_t kResamples = 1000;

/// Sum of the sums over sum of the weights. The interval goes from the 2.5th to the 97.5th
/// percentile of the ratio over kResamples draws, with replacement, of as many texts (the
/// percentile bootstrap): what one text gives stays together, for its tokens are not independent.
/// The draws are a function of `seed` and the number of texts alone, so two figures of the same
/// texts are drawn alike.
Estimate ratio_estimate(std::span<const Amount> texts, std::uint64_t seed);

/// The estimate of a growing function of the value, such as exp.
Estimate mapped(const Estimate& estimate, const std::function<double(double)>& growing);

}  // namespace tess2::eval
