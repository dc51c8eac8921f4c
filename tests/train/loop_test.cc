#include "train/loop.h"

#include <gmock/gmock.h>

#include <cmath>

#include "support/temporary_folder.h"
#include "train/linear_task.h"

namespace tess2::train {
namespace {

using test_support::error_of;
using ::testing::ElementsAre;

using test::LinearTask;
using test::settings_of;
using test::Told;

TEST(Loop, ValidatesAtTheRightSteps) {
  LinearTask task;
  LoopSettings settings = settings_of(7);
  settings.validate_every = 2;
  Told told;
  const LoopEnd end = run_training(task, settings, told.observer());
  EXPECT_TRUE(end.finished);
  EXPECT_EQ(end.step, 7);
  EXPECT_THAT(told.validations, ElementsAre(0, 2, 4, 6, 7));
  EXPECT_THAT(told.starts, ElementsAre(0));
  EXPECT_THAT(told.saves, ElementsAre());
  EXPECT_THAT(task.asked, ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_EQ(told.last_figures, (Figures{{"loss", task.weight[0].item<double>()}}));
}

TEST(Loop, WithoutAnIntervalItValidatesAtBothEnds) {
  LinearTask task;
  Told told;
  run_training(task, settings_of(4), told.observer());
  EXPECT_THAT(told.validations, ElementsAre(0, 4));
}

TEST(Loop, AnIntervalThatEndsWithTheRunDoesNothingTwice) {
  LinearTask task;
  LoopSettings settings = settings_of(4);
  settings.validate_every = 2;
  Told told;
  run_training(task, settings, told.observer());
  EXPECT_THAT(told.validations, ElementsAre(0, 2, 4));
}

TEST(Loop, EndsWhereItIsAskedTo) {
  LinearTask task;
  Told told;
  told.stop_at = 3;
  const LoopEnd end = run_training(task, settings_of(7), told.observer());
  EXPECT_FALSE(end.finished);
  EXPECT_EQ(end.step, 3);
  EXPECT_THAT(task.asked, ElementsAre(0, 1, 2));
  EXPECT_THAT(told.validations, ElementsAre(0));
}

TEST(Loop, AskedToStopInItsLastStepItHasFinished) {
  LinearTask task;
  Told told;
  told.stop_at = 7;
  EXPECT_TRUE(run_training(task, settings_of(7), told.observer()).finished);
}

TEST(Loop, AccumulatesTheMeanGradientOfItsMicroBatches) {
  LinearTask task;
  LoopSettings settings = settings_of(2);
  settings.accumulation = 3;
  settings.learning_rate.warmup_steps = 2;
  Told told;
  run_training(task, settings, told.observer());
  EXPECT_THAT(task.asked, ElementsAre(0, 1, 2, 3, 4, 5));
  ASSERT_EQ(told.steps.size(), 2u);
  const StepReport& first = told.steps[0];
  EXPECT_EQ(first.step, 1);
  EXPECT_EQ(first.steps, 2);
  EXPECT_EQ(first.tokens, 21);
  EXPECT_EQ(told.steps[1].tokens, 42);
  ASSERT_EQ(first.levels.size(), 3u);  // one a micro-batch
  EXPECT_EQ(first.levels[1].level, 0.5);
  EXPECT_GT(first.tokens_per_second, 0.0);
  EXPECT_GT(told.steps[1].seconds, first.seconds);
  // w = (1, 1): the losses are 3, 4 and 5, the mean slope is (2, 2).
  EXPECT_NEAR(first.loss, 4.0, 1e-6);
  EXPECT_NEAR(first.gradient_norm, std::sqrt(8.0), 1e-6);
  EXPECT_NEAR(first.learning_rate, 0.05, 1e-12);
  EXPECT_NEAR(told.steps[1].learning_rate, 0.1, 1e-12);
  EXPECT_NEAR(told.steps[1].gradient_norm, std::sqrt(29.0), 1e-6);
}

TEST(Loop, StepsAgainstTheGradient) {
  LinearTask task;
  run_training(task, settings_of(1), {});
  // The first step of AdamW is the rate times the sign of the gradient.
  EXPECT_TRUE(at::allclose(task.weight.detach(), at::tensor({0.9f, 0.9f})));
}

TEST(Loop, ALossThatIsNotFiniteEndsTheRunAndNamesTheStep) {
  LinearTask task;
  task.broken_index = 5;
  LoopSettings settings = settings_of(9);
  settings.accumulation = 2;
  Told told;
  EXPECT_EQ(error_of([&] { run_training(task, settings, told.observer()); }),
            "training step 3: expected a finite loss, found nan (lower learning_rate.peak?)");
  EXPECT_EQ(told.steps.size(), 2u);
  EXPECT_THAT(told.saves, ElementsAre());
}

}  // namespace
}  // namespace tess2::train
