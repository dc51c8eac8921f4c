#include "eval/likelihood/estimate.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/random.h"

namespace tess2::eval {
namespace {

double ratio(const Amount& total) {
  return total.weight == 0.0 ? 0.0 : total.sum / total.weight;
}

void add(const Amount& amount, Amount& total) {
  total.sum += amount.sum;
  total.weight += amount.weight;
}

// The text at place `draw` of a resample.
std::size_t drawn(std::uint64_t seed, std::uint32_t resample, std::size_t draw, std::size_t count) {
  const double u = uniform_at(seed, Stream::kResample, resample, static_cast<std::uint32_t>(draw));
  return static_cast<std::size_t>(u * static_cast<double>(count));
}

// Ratios of the resamples that have any weight, ascending.
std::vector<double> resampled(std::span<const Amount> texts, std::uint64_t seed) {
  std::vector<double> ratios;
  for (std::uint32_t resample = 0; resample < kResamples; ++resample) {
    Amount total;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      add(texts[drawn(seed, resample, i, texts.size())], total);
    }
    if (total.weight != 0.0) ratios.push_back(ratio(total));
  }
  std::ranges::sort(ratios);
  return ratios;
}

// Between the two nearest of ascending values.
double percentile(const std::vector<double>& ascending, double share) {
  const double place = share * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, ascending.size() - 1);
  return std::lerp(ascending[below], ascending[above], place - static_cast<double>(below));
}

}  // namespace

Estimate ratio_estimate(std::span<const Amount> texts, std::uint64_t seed) {
  constexpr double kTail = 0.025;
  Amount total;
  for (const Amount& text : texts) add(text, total);
  Estimate estimate{ratio(total), std::nullopt};
  const auto with_weight =
      std::ranges::count_if(texts, [](const Amount& text) { return text.weight != 0.0; });
  if (with_weight < 2) return estimate;
  const std::vector<double> ratios = resampled(texts, seed);
  estimate.interval = Interval{percentile(ratios, kTail), percentile(ratios, 1 - kTail)};
  return estimate;
}

Estimate mapped(const Estimate& estimate, const std::function<double(double)>& growing) {
  Estimate result{growing(estimate.value), std::nullopt};
  if (estimate.interval) {
    result.interval = Interval{growing(estimate.interval->low), growing(estimate.interval->high)};
  }
  return result;
}

}  // namespace tess2::eval
