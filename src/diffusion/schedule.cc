#include "diffusion/schedule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string>

#include "core/error.h"

namespace tess2::diffusion {
namespace {

constexpr double kBetaStart = 1e-4;
constexpr double kBetaEnd = 0.02;
constexpr double kBetaMax = 0.999;
constexpr double kOffset = 1e-4;

/// f(u) = cos^2(((u + offset) / (1 + offset)) pi / 2)
double squared_cosine(double u) {
  const double c = std::cos((u + kOffset) / (1.0 + kOffset) * std::numbers::pi / 2.0);
  return c * c;
}

/// The i-th of `count` points evenly spaced from `first` to `last`, both included.
double evenly_spaced(double first, double last, std::int64_t i, std::int64_t count) {
  if (count == 1) return first;
  return first + (last - first) * static_cast<double>(i) / static_cast<double>(count - 1);
}

double sigmoid(double x) {
  return 1.0 / (1.0 + std::exp(-x));
}

double beta(ScheduleKind kind, std::int64_t i, std::int64_t steps) {
  const double last = static_cast<double>(steps);
  switch (kind) {
    case ScheduleKind::kLinear:
      return evenly_spaced(kBetaStart, kBetaEnd, i, steps);
    case ScheduleKind::kScaledLinear:
      return std::pow(evenly_spaced(std::sqrt(kBetaStart), std::sqrt(kBetaEnd), i, steps), 2);
    case ScheduleKind::kSigmoid:
      return sigmoid(evenly_spaced(-6.0, 6.0, i, steps)) * (kBetaEnd - kBetaStart) + kBetaStart;
    default:
      return std::min(1.0 - squared_cosine(static_cast<double>(i + 1) / last) /
                                squared_cosine(static_cast<double>(i) / last),
                      kBetaMax);
  }
}

}  // namespace

std::span<const std::pair<std::string_view, ScheduleKind>> schedule_names() {
  static constexpr std::array<std::pair<std::string_view, ScheduleKind>, 5> kNames{{
      {"squaredcos_improved_ddpm", ScheduleKind::kSquaredCosImproved},
      {"linear", ScheduleKind::kLinear},
      {"scaled_linear", ScheduleKind::kScaledLinear},
      {"squaredcos_cap_v2", ScheduleKind::kSquaredCosCapV2},
      {"sigmoid", ScheduleKind::kSigmoid},
  }};
  return kNames;
}

Schedule::Schedule(ScheduleKind kind, std::int64_t steps) {
  if (steps < 1) {
    throw UsageError("diffusion steps: expected 1 or more, found " + std::to_string(steps));
  }
  alpha_bars_.reserve(static_cast<std::size_t>(steps));
  times_.reserve(static_cast<std::size_t>(steps));
  double product = 1.0;
  for (std::int64_t i = 0; i < steps; ++i) {
    times_.push_back(static_cast<float>(i) / static_cast<float>(steps));
    if (kind == ScheduleKind::kSquaredCosImproved) {
      const double u = static_cast<double>(i) / static_cast<double>(steps);
      alpha_bars_.push_back(squared_cosine(u) / squared_cosine(0.0));
    } else {
      product *= 1.0 - beta(kind, i, steps);
      alpha_bars_.push_back(product);
    }
  }
}

Schedule::Schedule(const Schedule& whole, std::span<const std::int64_t> chosen) {
  for (const std::int64_t t : chosen) {
    alpha_bars_.push_back(whole.alpha_bar(t));
    times_.push_back(whole.time(t));
  }
}

Level Schedule::level(std::int64_t t) const {
  // From alpha_bar in single precision, as the reference keeps it: 1 - alpha_bar loses digits where
  // little noise is left, and its roundings are part of the numbers to match.
  const auto remaining = static_cast<float>(alpha_bar(t));
  return {std::sqrt(remaining), std::sqrt(std::max(1.0f - remaining, 0.0f))};
}

}  // namespace tess2::diffusion
