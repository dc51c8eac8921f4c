#include "serve/feed.h"

#include <gtest/gtest.h>

#include <thread>

namespace tess2::serve {
namespace {

using std::chrono::milliseconds;

TEST(Feed, GivesEventsInTheirOrder) {
  Feed feed;
  feed.put({0, Piece{"a"}});
  feed.put({1, Piece{"b"}});
  EXPECT_EQ(std::get<Piece>(feed.wait(milliseconds(0))->what).text, "a");
  const auto second = feed.wait(milliseconds(0));
  EXPECT_EQ(second->index, 1U);
  EXPECT_EQ(std::get<Piece>(second->what).text, "b");
  EXPECT_FALSE(feed.wait(milliseconds(1)).has_value());
}

TEST(Feed, WakesWhoeverWaits) {
  Feed feed;
  std::thread later([&] {
    std::this_thread::sleep_for(milliseconds(20));
    feed.put({0, Piece{"a"}});
  });
  EXPECT_TRUE(feed.wait(milliseconds(60000)).has_value());
  later.join();
}

TEST(Feed, LeavesOutTheOldestFramesOfASlowReaderAndNothingElse) {
  Feed feed;
  feed.put({0, Piece{"a"}});
  const auto frames = static_cast<std::int64_t>(Feed::kMaxFrames) + 2;
  for (std::int64_t step = 1; step <= frames; ++step) feed.put({0, Frame{step, frames, 0, {}}});
  feed.put({0, Ended{}});
  EXPECT_TRUE(std::holds_alternative<Piece>(feed.wait(milliseconds(0))->what));
  for (std::int64_t step = 3; step <= frames; ++step) {
    EXPECT_EQ(std::get<Frame>(feed.wait(milliseconds(0))->what).step, step);
  }
  EXPECT_TRUE(std::holds_alternative<Ended>(feed.wait(milliseconds(0))->what));
  EXPECT_FALSE(feed.wait(milliseconds(0)).has_value());
}

}  // namespace
}  // namespace tess2::serve
