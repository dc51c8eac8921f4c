// Noise schedules (section 1): how much of the clean simplex is left at each step.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace tess2::diffusion {

enum class ScheduleKind {
  kSquaredCosImproved,  ///< squaredcos_improved_ddpm, the one used everywhere
  kLinear,
  kScaledLinear,
  kSquaredCosCapV2,
  kSigmoid,
};

/// Names as in the reference's configuration, for settings tables.
std::span<const std::pair<std::string_view, ScheduleKind>> schedule_names();

/// The two coefficients of s_t = signal * s_0 + noise * k * eps.
struct Level {
  float signal = 0.0f;  ///< sqrt(alpha_bar)
  float noise = 1.0f;   ///< sqrt(1 - alpha_bar)
};

/// Pure noise, from which sampling starts (section 4).
inline constexpr Level kPureNoise{0.0f, 1.0f};
/// A clean simplex.
inline constexpr Level kClean{1.0f, 0.0f};

class Schedule {
 public:
  /// `steps` T >= 1; throws UsageError otherwise.
  Schedule(ScheduleKind kind, std::int64_t steps);
  /// The levels `chosen` of `whole`, one or more, from little noise to much, each with its time
  /// there.
  Schedule(const Schedule& whole, std::span<const std::int64_t> chosen);

  std::int64_t steps() const { return static_cast<std::int64_t>(alpha_bars_.size()); }
  /// alpha_bar_t for t in [0, T).
  double alpha_bar(std::int64_t t) const { return alpha_bars_.at(static_cast<std::size_t>(t)); }
  std::span<const double> alpha_bars() const { return alpha_bars_; }
  Level level(std::int64_t t) const;
  /// t/T, what the timestep embedding is multiplied by (section 2).
  float time(std::int64_t t) const { return times_.at(static_cast<std::size_t>(t)); }

 private:
  std::vector<double> alpha_bars_;
  std::vector<float> times_;
};

}  // namespace tess2::diffusion
