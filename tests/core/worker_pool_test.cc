#include "core/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>

#include "core/error.h"

namespace tess2 {
namespace {

TEST(WorkerPool, HandsBackWhatEachTaskReturns) {
  WorkerPool pool(3);
  EXPECT_EQ(pool.size(), 3u);
  std::vector<std::future<int>> results;
  for (int i = 0; i < 100; ++i) results.push_back(pool.submit([i] { return i * i; }));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)].get(), i * i);
}

TEST(WorkerPool, BeginsTasksInTheirOrder) {
  WorkerPool pool(1);
  std::vector<int> begun;
  std::vector<std::future<void>> results;
  for (int i = 0; i < 50; ++i) results.push_back(pool.submit([&begun, i] { begun.push_back(i); }));
  for (auto& result : results) result.get();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(begun[static_cast<std::size_t>(i)], i);
}

TEST(WorkerPool, CarriesWhatATaskThrows) {
  WorkerPool pool(2);
  auto failing = pool.submit([]() -> int { throw Error("no"); });
  EXPECT_THROW(failing.get(), Error);
  EXPECT_EQ(pool.submit([] { return 1; }).get(), 1);
}

TEST(WorkerPool, EndsWithoutTheTasksThatHaveNotBegun) {
  std::promise<void> gate;
  std::atomic<int> done = 0;
  std::future<void> dropped;
  {
    WorkerPool pool(1);
    std::promise<void> begun;
    pool.submit([&] {
      begun.set_value();
      gate.get_future().get();
      ++done;
    });
    begun.get_future().get();
    dropped = pool.submit([&] { ++done; });
    // The pool's end waits for the first task alone.
    std::thread([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      gate.set_value();
    }).detach();
  }
  EXPECT_EQ(done, 1);
  EXPECT_THROW(dropped.get(), std::future_error);
}

TEST(WorkerPool, NeedsAThread) {
  EXPECT_THROW(WorkerPool(0), UsageError);
}

}  // namespace
}  // namespace tess2
