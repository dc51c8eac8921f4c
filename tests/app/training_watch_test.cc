#include "app/training_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "support/temporary_folder.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

TEST(ValidationLine, HoldsAllFigures) {
  EXPECT_EQ(validation_line(200, {{"loss", 1.23456}, {"accuracy", 0.5}}),
            "validation at step 200: loss 1.2346, accuracy 0.5");
  EXPECT_EQ(validation_line(0, {}), "validation at step 0");
}

TEST(DataLine, TellsOfBadLinesWhereThereAreAny) {
  EXPECT_EQ(data_line({1.25, 1234}, 50.0),
            "data: waited 1.2 s (2.5 % of the time), 1,234 bad lines skipped");
  EXPECT_EQ(data_line({0.0, 0}, 0.0), "data: waited 0.0 s (0.0 % of the time)");
}

class TrainingWatchTest : public testing::Test {
 protected:
  ProgressOutput output() {
    ProgressOutput output;
    output.stream = &shown_;
    output.line_seconds = 0.0;
    output.clock = [this] { return now_; };
    return output;
  }

  SignalWatcher signals_;
  std::ostringstream shown_;
  double now_ = 100.0;
};

TEST_F(TrainingWatchTest, StepsAreShownAsProgressFromTheStartOfTrainingOn) {
  TrainingWatch watch("adapt", 4, signals_, output());
  const train::RunObserver observer = watch.observer();
  now_ = 130.0;  // loading
  testing::internal::CaptureStderr();
  observer.loop.on_validation(0, {{"loss", 5.0}});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "validation at step 0: loss 5\n");
  observer.loop.on_start(0);
  now_ = 132.0;
  observer.loop.on_step({1, 4, 4.5, 0.001, 1.0, 200});
  EXPECT_EQ(shown_.str(), "adapt  1/4 (25%)  loss 4.5  rate 0.001  100 tokens/s  0:06 left\n");
  shown_.str("");
  now_ = 138.0;
  testing::internal::CaptureStderr();
  observer.loop.on_step({4, 4, 3.5, 0.0005, 1.0, 800, {0.16, 0}});
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "data: waited 0.2 s (2.0 % of the time)\n");
  EXPECT_THAT(shown_.str(),
              HasSubstr("adapt  4/4 (100%)  loss 3.5  rate 0.0005  100 tokens/s  took 0:08\n"));
}

TEST_F(TrainingWatchTest, BadLinesAreShownWithTheSteps) {
  TrainingWatch watch("adapt", 4, signals_, output());
  const train::RunObserver observer = watch.observer();
  testing::internal::CaptureStderr();
  observer.loop.on_start(0);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  observer.loop.on_step({1, 4, 4.5, 0.001, 1.0, 200, {0.0, 3}});
  EXPECT_THAT(shown_.str(), HasSubstr("rate 0.001  bad lines 3  "));
}

TEST_F(TrainingWatchTest, NotesAndCheckpointsAreMessages) {
  TrainingWatch watch("tune", 4, signals_, output());
  const train::RunObserver observer = watch.observer();
  testing::internal::CaptureStderr();
  observer.on_note("model: 10 weights");
  observer.loop.on_save(3);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "model: 10 weights\ncheckpoint saved at step 3\n");
  EXPECT_EQ(shown_.str(), "");
}

TEST_F(TrainingWatchTest, ARunThatGoesOnCountsItsOwnTokensAndTime) {
  TrainingWatch watch("adapt", 4, signals_, output());
  const train::RunObserver observer = watch.observer();
  testing::internal::CaptureStderr();
  observer.loop.on_start(2);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "going on after step 2\n");
  EXPECT_FALSE(observer.loop.stop_asked());
  now_ = 105.0;
  observer.loop.on_step({3, 4, 4.5, 0.001, 1.0, 600});
  EXPECT_EQ(shown_.str(), "adapt  3/4 (75%)  loss 4.5  rate 0.001  40 tokens/s  0:05 left\n");
}

TEST_F(TrainingWatchTest, ARunThatHadFinishedSaysSo) {
  TrainingWatch watch("adapt", 4, signals_, output());
  testing::internal::CaptureStderr();
  watch.observer().loop.on_start(4);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "finished before; --fresh starts over\n");
}

TEST(TellEnd, ARunThatWasStoppedSaysHowToGoOn) {
  EXPECT_NO_THROW(tell_end({4, true}, 4));
  EXPECT_EQ(test_support::error_of([] {
              tell_end({3, false}, 4);
            }),
            "stopped after step 3 of 4, which is saved: the same command goes on from there");
}

}  // namespace
}  // namespace tess2::app
