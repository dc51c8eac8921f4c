#include "core/progress.h"

#include <gtest/gtest.h>

#include <array>
#include <sstream>
#include <string>

#include "core/log.h"

namespace tess2 {
namespace {

class ProgressTest : public testing::Test {
 protected:
  ProgressOutput output(bool is_terminal, int width = 80) {
    ProgressOutput out;
    out.stream = &stream_;
    out.terminal = {is_terminal, width, 24};
    out.clock = [this] { return now_; };
    return out;
  }

  // What was written since the last call.
  std::string taken() {
    std::string text = stream_.str();
    stream_.str("");
    return text;
  }

  double now_ = 100.0;
  std::ostringstream stream_;
};

TEST_F(ProgressTest, PlainLineTellsStepsFiguresRateAndTimeLeft) {
  Progress progress("adapt", 600, 0, output(false));
  now_ = 130.0;
  const std::array figures = {ProgressFigure{"loss", 2.34567}, ProgressFigure{"lr", 1e-5}};
  progress.update(150, 60'000, figures);
  EXPECT_EQ(taken(), "adapt  150/600 (25%)  loss 2.346  lr 1e-05  2,000 tokens/s  1:30 left\n");
}

TEST_F(ProgressTest, PlainLinesKeepTheirDistance) {
  Progress progress("adapt", 10, 0, output(false));
  progress.update(1);
  EXPECT_NE(taken(), "");
  now_ += 9.9;
  progress.update(2);
  EXPECT_EQ(taken(), "");
  now_ += 0.1;
  progress.update(3);
  EXPECT_EQ(taken(), "adapt  3/10 (30%)  0:23 left\n");
}

TEST_F(ProgressTest, TheEndIsAlwaysShownOnce) {
  {
    Progress progress("tune", 4, 0, output(false));
    progress.update(3);
    taken();
    now_ += 2.0;
    progress.update(4);
    progress.finish();
    EXPECT_EQ(taken(), "tune  4/4 (100%)  took 0:02\n");
    progress.finish();
    progress.update(4);
  }
  EXPECT_EQ(taken(), "");
}

TEST_F(ProgressTest, AContinuedJobCountsItsOwnTimeOnly) {
  Progress progress("tune", 100, 50, output(false));
  now_ += 10.0;
  progress.update(60, 500);
  EXPECT_EQ(taken(), "tune  60/100 (60%)  50 tokens/s  0:40 left\n");
}

TEST_F(ProgressTest, ATerminalLineIsRedrawnInPlaceAndCutToTheWidth) {
  Progress progress("adapt", 1000, 0, output(true, 22));
  progress.update(1);
  EXPECT_EQ(taken(), "\r\033[Kadapt  1/1,000 (0%)  \r");
  now_ += 0.0625;
  progress.update(2);
  EXPECT_EQ(taken(), "");
  now_ += 0.0625;
  progress.update(3);
  EXPECT_EQ(taken(), "\r\033[Kadapt  3/1,000 (0%)  \r");
  progress.finish();
  EXPECT_EQ(taken(), "\r\033[Kadapt  3/1,000 (0%)  \n");
}

TEST_F(ProgressTest, AnAbandonedTerminalLineIsEnded) {
  { Progress progress("adapt", 10, 0, output(true)); }
  EXPECT_EQ(taken(), "");
  {
    Progress progress("adapt", 10, 0, output(true));
    progress.update(1);
    taken();
  }
  EXPECT_EQ(taken(), "\n");
}

TEST_F(ProgressTest, WithoutAStreamNothingIsShown) {
  set_log_level(LogLevel::kQuiet);
  const ProgressOutput quiet = standard_progress_output();
  set_log_level(LogLevel::kInfo);
  EXPECT_EQ(quiet.stream, nullptr);
  Progress progress("adapt", 10, 0, quiet);
  progress.update(1);
  progress.finish();
}

TEST(FormatDuration, UsesHoursOnlyWhereNeeded) {
  EXPECT_EQ(format_duration(-3.0), "0:00");
  EXPECT_EQ(format_duration(7.4), "0:07");
  EXPECT_EQ(format_duration(59.6), "1:00");
  EXPECT_EQ(format_duration(3723.0), "1:02:03");
}

TEST(FormatCount, GroupsThousands) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(1234567), "1,234,567");
  EXPECT_EQ(format_count(-123456), "-123,456");
}

}  // namespace
}  // namespace tess2
