#include "tensor/parallel.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "tensor/runtime.h"

namespace tess2::tensor {
namespace {

/// Two threads while a test runs.
class ParallelTest : public ::testing::Test {
 protected:
  ParallelTest() { set_threads(2); }
  ~ParallelTest() override { set_threads(0); }
};

TEST_F(ParallelTest, RunsEveryTaskOnce) {
  std::vector<std::atomic<int>> runs(1000);
  parallel_tasks(1000, [&](std::int64_t i) { ++runs[static_cast<std::size_t>(i)]; });
  for (const auto& count : runs) EXPECT_EQ(count, 1);
}

TEST_F(ParallelTest, RunsNothingForNoTasks) {
  parallel_tasks(0, [](std::int64_t) { ADD_FAILURE(); });
  parallel_blocks(0, 8, [](std::int64_t, std::int64_t) { ADD_FAILURE(); });
}

TEST_F(ParallelTest, RethrowsAfterAllTasksHaveEnded) {
  std::atomic<int> ended = 0;
  const auto work = [&](std::int64_t i) {
    if (i == 3) throw std::out_of_range("third");
    ++ended;
  };
  EXPECT_THROW(parallel_tasks(20, work), std::out_of_range);
  EXPECT_EQ(ended, 19);
}

TEST_F(ParallelTest, RethrowsFromANestedLoop) {
  const auto nested = [](std::int64_t) {
    parallel_tasks(4, [](std::int64_t) { throw std::domain_error("inside"); });
  };
  EXPECT_THROW(parallel_tasks(4, nested), std::domain_error);
}

TEST_F(ParallelTest, ANestedLoopStaysOnItsThreadAndInOrder) {
  std::vector<std::vector<std::int64_t>> seen(8);
  std::atomic<int> strangers = 0;
  parallel_tasks(8, [&](std::int64_t i) {
    const auto own = std::this_thread::get_id();
    parallel_tasks(50, [&](std::int64_t j) {
      if (std::this_thread::get_id() != own) ++strangers;
      seen[static_cast<std::size_t>(i)].push_back(j);
    });
  });
  EXPECT_EQ(strangers, 0);
  for (const auto& order : seen) {
    ASSERT_EQ(order.size(), 50u);
    for (std::int64_t j = 0; j < 50; ++j) EXPECT_EQ(order[static_cast<std::size_t>(j)], j);
  }
}

TEST_F(ParallelTest, BlocksCoverTheRangeAndOnlyTheLastIsShort) {
  std::vector<std::pair<std::int64_t, std::int64_t>> blocks(4);
  parallel_blocks(23, 7, [&](std::int64_t begin, std::int64_t end) {
    blocks[static_cast<std::size_t>(begin / 7)] = {begin, end};
  });
  const std::vector<std::pair<std::int64_t, std::int64_t>> expected{
      {0, 7}, {7, 14}, {14, 21}, {21, 23}};
  EXPECT_EQ(blocks, expected);
}

// Chunks and those of them that ran on another thread than their task's, of LibTorch's loops in 8
// tasks.
std::pair<int, int> run_nested_loops() {
  std::atomic<int> chunks = 0, strangers = 0;
  parallel_tasks(8, [&](std::int64_t) {
    const auto own = std::this_thread::get_id();
    at::parallel_for(0, 1 << 20, 1, [&](std::int64_t, std::int64_t) {
      ++chunks;
      if (std::this_thread::get_id() != own) ++strangers;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(1));  // leaves some to the other thread
  });
  return {chunks, strangers};
}

// In a process of its own, which ends without LibTorch's exit handlers: once at::set_num_threads
// was called, LibTorch 1.13 sometimes waits there for ever for threads of its other pool, or frees
// them twice. Nothing but this test calls it.
TEST(ParallelDeathTest, LibTorchLoopsInsideATaskStayOnItsThread) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  const auto body = [] {
    // What LibTorch would give each new thread, as on a machine with more processors.
    at::set_num_threads(3);
    set_threads(1);
    set_threads(2);
    std::_Exit(run_nested_loops() == std::pair(8, 0) ? 0 : 1);
  };
  EXPECT_EXIT(body(), testing::ExitedWithCode(0), "");
}

TEST_F(ParallelTest, OneThreadIsTheCallersAlone) {
  set_threads(1);
  EXPECT_EQ(threads(), 1);
  const auto own = std::this_thread::get_id();
  std::atomic<int> strangers = 0;
  parallel_tasks(100, [&](std::int64_t) {
    if (std::this_thread::get_id() != own) ++strangers;
  });
  EXPECT_EQ(strangers, 0);
}

TEST_F(ParallelTest, TwoThreadsRunTwoTasksAtATime) {
  EXPECT_EQ(threads(), 2);
  std::atomic<int> begun = 0, met = 0;
  parallel_tasks(2, [&](std::int64_t) {
    ++begun;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (begun < 2 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
    if (begun == 2) ++met;
  });
  EXPECT_EQ(met, 2);
}

TEST_F(ParallelTest, SeveralCallersDoNotDisturbEachOther) {
  std::vector<std::atomic<int>> runs(300);
  const auto caller = [&](std::int64_t first) {
    for (int round = 0; round < 20; ++round) {
      parallel_tasks(100, [&](std::int64_t i) { ++runs[static_cast<std::size_t>(first + i)]; });
    }
  };
  std::thread second(caller, 100), third(caller, 200);
  caller(0);
  second.join();
  third.join();
  for (const auto& count : runs) EXPECT_EQ(count, 20);
}

}  // namespace
}  // namespace tess2::tensor
