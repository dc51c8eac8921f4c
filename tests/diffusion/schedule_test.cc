#include "diffusion/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/error.h"

namespace tess2::diffusion {
namespace {

TEST(Schedule, ImprovedCosineIsTheFormulaOfSectionOne) {
  const Schedule schedule(ScheduleKind::kSquaredCosImproved, 100);
  const auto f = [](double u) {
    return std::pow(std::cos((u + 1e-4) / (1.0 + 1e-4) * M_PI / 2.0), 2);
  };
  EXPECT_EQ(schedule.steps(), 100);
  EXPECT_DOUBLE_EQ(schedule.alpha_bar(0), 1.0);
  EXPECT_NEAR(schedule.alpha_bar(37), f(0.37) / f(0.0), 1e-12);
  EXPECT_NEAR(schedule.time(37), 0.37, 1e-7);
}

TEST(Schedule, LinearIsTheProductOfItsBetas) {
  const Schedule schedule(ScheduleKind::kLinear, 3);
  const double b0 = 1e-4, b1 = (1e-4 + 0.02) / 2, b2 = 0.02;
  EXPECT_NEAR(schedule.alpha_bar(0), 1 - b0, 1e-12);
  EXPECT_NEAR(schedule.alpha_bar(2), (1 - b0) * (1 - b1) * (1 - b2), 1e-12);
}

TEST(Schedule, EveryKindFallsAndItsLevelsLieOnTheUnitCircle) {
  for (const auto& [name, kind] : schedule_names()) {
    for (const std::int64_t steps : {1, 2, 10, 1000}) {
      const Schedule schedule(kind, steps);
      for (std::int64_t t = 0; t < steps; ++t) {
        const Level level = schedule.level(t);
        EXPECT_NEAR(level.signal * level.signal + level.noise * level.noise, 1.0, 1e-6) << name;
        if (t > 0) {
          EXPECT_LT(schedule.alpha_bar(t), schedule.alpha_bar(t - 1)) << name << " " << t;
        }
      }
    }
  }
}

TEST(Schedule, RefusesNoSteps) {
  EXPECT_THROW(Schedule(ScheduleKind::kLinear, 0), UsageError);
}

}  // namespace
}  // namespace tess2::diffusion
