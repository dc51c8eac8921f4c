#include <gtest/gtest.h>

#include <iostream>
#include <sstream>

#include "golden/families.h"
#include "support/shared_data.h"

namespace tess2::golden {
namespace {

TEST(Golden, EveryValueOfTheReferenceMatches) {
  TESS2_SHARED_OR_SKIP(folder, "golden/mistral_small");
  EXPECT_TRUE(Goldens(folder).compare().print(std::cout));
}

TEST(GoldenReport, FailsPastTheToleranceAndOnAnyOtherToken) {
  std::ostringstream out;
  Report close_enough;
  close_enough.close("forward", "a", at::full({3}, 1.00005), at::ones({3}));
  close_enough.equal("ar", "b", at::arange(3), at::arange(3));
  EXPECT_TRUE(close_enough.print(out));

  Report too_far;
  too_far.close("forward", "a", at::full({3}, 1.0002), at::ones({3}));
  EXPECT_FALSE(too_far.print(out));

  Report not_a_number;
  not_a_number.close("forward", "a", at::full({3}, NAN), at::ones({3}));
  EXPECT_FALSE(not_a_number.print(out));

  Report other_token;
  other_token.equal("ar", "b", at::arange(3), at::arange(1, 4));
  EXPECT_FALSE(other_token.print(out));

  Report other_shape;
  other_shape.close("forward", "a", at::ones({3, 1}), at::ones({3}));
  EXPECT_FALSE(other_shape.print(out));
}

}  // namespace
}  // namespace tess2::golden
