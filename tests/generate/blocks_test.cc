#include "generate/blocks.h"

#include <gtest/gtest.h>

namespace tess2::generate {
namespace {

SessionSettings settings_of(std::int64_t block_length, std::int64_t steps) {
  SessionSettings settings;
  settings.block_length = block_length;
  settings.sampler.steps = steps;
  return settings;
}

TEST(Blocks, OneBlockIsTheWholeAnswer) {
  const Blocks blocks(7, settings_of(0, 100));
  EXPECT_EQ(blocks.count(), 1);
  EXPECT_EQ(blocks.end(0), 7);
  EXPECT_EQ(blocks.steps(0), 100);
  EXPECT_EQ(blocks.total_steps(), 100);
}

TEST(Blocks, ShareTheSlotsAndTheSteps) {
  const Blocks blocks(10, settings_of(4, 100));
  ASSERT_EQ(blocks.count(), 3);
  EXPECT_EQ(blocks.end(0), 4);
  EXPECT_EQ(blocks.end(1), 8);
  EXPECT_EQ(blocks.end(2), 10) << "the last one is shorter";
  EXPECT_EQ(blocks.steps(0), 33);
  EXPECT_EQ(blocks.steps(2), 34);
  EXPECT_EQ(blocks.total_steps(), 100);
}

TEST(Blocks, EachTakesAStepAtLeast) {
  const Blocks blocks(10, settings_of(2, 3));
  EXPECT_EQ(blocks.steps(0), 1);
  EXPECT_EQ(blocks.total_steps(), 5);
}

TEST(Blocks, ARunThatStopsByItselfHasAShortSchedule) {
  const auto total = [](std::int64_t block_length, std::int64_t steps) {
    SessionSettings settings = settings_of(block_length, steps);
    settings.until_converged = true;
    settings.convergence.schedule_steps = 20;
    return Blocks(10, settings).total_steps();
  };
  EXPECT_EQ(total(0, 100), 20);
  EXPECT_EQ(total(0, 12), 12) << "`steps` is the most";
  EXPECT_EQ(total(5, 100), 40) << "in each block";
}

}  // namespace
}  // namespace tess2::generate
