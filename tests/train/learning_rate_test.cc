#include "train/learning_rate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace tess2::train {
namespace {

LearningRateSettings settings_of(Decay decay, double final_ratio = 0.0) {
  LearningRateSettings settings;
  settings.peak = 0.5;
  settings.decay = decay;
  settings.final_ratio = final_ratio;
  return settings;
}

TEST(LearningRate, WarmsUpInEqualStepsToThePeak) {
  LearningRateSettings settings = settings_of(Decay::kConstant);
  settings.warmup_steps = 10;
  for (int step = 0; step < 10; ++step) {
    EXPECT_DOUBLE_EQ(learning_rate(settings, step, 100), 0.05 * (step + 1)) << step;
  }
  EXPECT_EQ(learning_rate(settings, 10, 100), 0.5);
  EXPECT_EQ(learning_rate(settings, 99, 100), 0.5);
}

TEST(LearningRate, WarmUpMayBeAPartOfTheRun) {
  LearningRateSettings settings = settings_of(Decay::kConstant);
  settings.warmup_ratio = 0.25;
  EXPECT_DOUBLE_EQ(learning_rate(settings, 0, 80), 0.5 / 20);
  EXPECT_DOUBLE_EQ(learning_rate(settings, 9, 80), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate(settings, 19, 80), 0.5);
  settings.warmup_steps = 2;  // goes before the ratio
  EXPECT_DOUBLE_EQ(learning_rate(settings, 0, 80), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate(settings, 2, 80), 0.5);
}

TEST(LearningRate, WithoutWarmUpItStartsAtThePeak) {
  for (const Decay decay : {Decay::kConstant, Decay::kLinear, Decay::kCosine}) {
    EXPECT_DOUBLE_EQ(learning_rate(settings_of(decay, 0.1), 0, 100), 0.5);
  }
}

TEST(LearningRate, FallsLinearlyToItsEnd) {
  LearningRateSettings settings = settings_of(Decay::kLinear, 0.1);
  settings.warmup_steps = 20;
  for (const int step : {20, 45, 70, 99}) {
    const double passed = (step - 20) / 80.0;
    EXPECT_DOUBLE_EQ(learning_rate(settings, step, 100), 0.5 * (1.0 - 0.9 * passed)) << step;
  }
  EXPECT_DOUBLE_EQ(learning_rate(settings, 100, 100), 0.05);
  EXPECT_DOUBLE_EQ(learning_rate(settings_of(Decay::kLinear), 50, 100), 0.25);
}

TEST(LearningRate, FallsByHalfACosine) {
  LearningRateSettings settings = settings_of(Decay::kCosine, 0.2);
  settings.warmup_steps = 20;
  for (const int step : {20, 40, 60, 99}) {
    const double angle = std::numbers::pi * (step - 20) / 80.0;
    EXPECT_NEAR(learning_rate(settings, step, 100), 0.5 * (0.2 + 0.4 * (1.0 + std::cos(angle))),
                1e-12)
        << step;
  }
  EXPECT_NEAR(learning_rate(settings, 60, 100), 0.5 * 0.6, 1e-12);
  EXPECT_NEAR(learning_rate(settings, 100, 100), 0.1, 1e-12);
}

TEST(LearningRate, AWarmUpAsLongAsTheRunIsAllThereIs) {
  LearningRateSettings settings = settings_of(Decay::kCosine);
  settings.warmup_steps = 10;
  EXPECT_DOUBLE_EQ(learning_rate(settings, 9, 10), 0.5);
  settings.warmup_steps = 40;
  EXPECT_DOUBLE_EQ(learning_rate(settings, 9, 10), 0.125);
}

}  // namespace
}  // namespace tess2::train
