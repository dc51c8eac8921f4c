#include "generate/settling.h"

#include <gtest/gtest.h>

#include <array>

namespace tess2::generate {
namespace {

using Tokens = std::array<std::int64_t, 2>;

TEST(Settling, APositionIsSettledOnceItsTokenStayedForThreeSteps) {
  Settling settling(2);
  settling.observe(0, Tokens{7, 8});
  settling.observe(1, Tokens{7, 9});
  settling.observe(2, Tokens{7, 9});
  EXPECT_FALSE(settling.is_settled(0, 2));
  settling.observe(3, Tokens{7, 9});
  EXPECT_TRUE(settling.is_settled(0, 3));
  EXPECT_FALSE(settling.is_settled(1, 3));
  EXPECT_EQ(settling.changed_at(0), 0);
  EXPECT_EQ(settling.changed_at(1), 1);
}

TEST(Settling, AChangeStartsAnew) {
  Settling settling(2);
  for (std::int64_t step = 0; step < 5; ++step) settling.observe(step, Tokens{1, 1});
  settling.observe(5, Tokens{1, 2});
  EXPECT_TRUE(settling.is_settled(0, 5));
  EXPECT_FALSE(settling.is_settled(1, 5));
  settling.observe(6, Tokens{1, 1});
  EXPECT_EQ(settling.changed_at(1), 6);
}

}  // namespace
}  // namespace tess2::generate
