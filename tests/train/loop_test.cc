#include "train/loop.h"

#include <gmock/gmock.h>

#include <limits>
#include <map>

#include "core/error.h"
#include "support/temporary_folder.h"

namespace tess2::train {
namespace {

using test_support::error_of;
using ::testing::ElementsAre;

/// loss(index) = slope(index) . w: gradients are known, and every call is remembered.
class LinearTask final : public TrainingTask {
 public:
  std::vector<at::Tensor> parameters() override { return {weight}; }
  at::Tensor loss(std::int64_t index) override {
    asked.push_back(index);
    const double broken = std::numeric_limits<double>::quiet_NaN();
    return (weight * slope(index)).sum() * (index == broken_index ? broken : 1.0);
  }
  std::int64_t tokens_per_batch() const override { return 7; }
  Figures validate() override {
    EXPECT_FALSE(at::GradMode::is_enabled());
    return {{"weight", weight[0].item<double>()}};
  }
  void save(std::int64_t step) override {
    EXPECT_FALSE(at::GradMode::is_enabled());
    saved[step] = weight.detach().clone();
  }

  static at::Tensor slope(std::int64_t index) {
    return at::tensor({1.0f + static_cast<float>(index), 2.0f});
  }

  at::Tensor weight = at::tensor({1.0f, 1.0f}).requires_grad_(true);
  std::int64_t broken_index = -1;
  std::vector<std::int64_t> asked;
  std::map<std::int64_t, at::Tensor> saved;
};

LoopSettings settings_of(std::int64_t steps) {
  LoopSettings settings;
  settings.steps = steps;
  settings.validate_every = 0;
  settings.learning_rate.peak = 0.1;
  settings.optimizer.clip_norm = 0.0;
  return settings;
}

/// What a run told.
struct Told {
  LoopObserver observer() {
    return {[this](const StepReport& report) { steps.push_back(report); },
            [this](std::int64_t step, const Figures& figures) {
              validations.push_back(step);
              last_figures = figures;
            },
            [this](std::int64_t step) { saves.push_back(step); }};
  }

  std::vector<StepReport> steps;
  std::vector<std::int64_t> validations, saves;
  Figures last_figures;
};

TEST(Loop, ValidatesAndSavesAtTheRightSteps) {
  LinearTask task;
  LoopSettings settings = settings_of(7);
  settings.validate_every = 2;
  settings.save_every = 3;
  Told told;
  run_training(task, settings, told.observer());
  EXPECT_THAT(told.validations, ElementsAre(0, 2, 4, 6, 7));
  EXPECT_THAT(told.saves, ElementsAre(3, 6, 7));
  EXPECT_THAT(task.asked, ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_FALSE(task.saved.at(3).equal(task.saved.at(6)));
  EXPECT_TRUE(task.saved.at(7).equal(task.weight.detach()));
  EXPECT_EQ(told.last_figures, (Figures{{"weight", task.weight[0].item<double>()}}));
}

TEST(Loop, WithoutIntervalsItValidatesAtBothEndsAndSavesAtTheLast) {
  LinearTask task;
  Told told;
  run_training(task, settings_of(4), told.observer());
  EXPECT_THAT(told.validations, ElementsAre(0, 4));
  EXPECT_THAT(told.saves, ElementsAre(4));
}

TEST(Loop, AnIntervalThatEndsWithTheRunDoesNothingTwice) {
  LinearTask task;
  LoopSettings settings = settings_of(4);
  settings.validate_every = settings.save_every = 2;
  Told told;
  run_training(task, settings, told.observer());
  EXPECT_THAT(told.validations, ElementsAre(0, 2, 4));
  EXPECT_THAT(told.saves, ElementsAre(2, 4));
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
  EXPECT_TRUE(task.saved.empty());
}

}  // namespace
}  // namespace tess2::train
