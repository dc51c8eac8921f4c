#include "diffusion/schedule.h"

#include <gtest/gtest.h>

#include <array>
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

TEST(Schedule, ChosenLevelsKeepTheirAlphaBarAndTime) {
  const Schedule whole(ScheduleKind::kSigmoid, 50);
  const Schedule some(whole, std::array<std::int64_t, 3>{0, 20, 49});
  EXPECT_EQ(some.steps(), 3);
  EXPECT_EQ(some.alpha_bar(1), whole.alpha_bar(20));
  EXPECT_EQ(some.level(2).noise, whole.level(49).noise);
  EXPECT_EQ(some.time(1), whole.time(20));
}

TEST(Schedule, RefusesNoSteps) {
  EXPECT_THROW(Schedule(ScheduleKind::kLinear, 0), UsageError);
}

}  // namespace
}  // namespace tess2::diffusion
