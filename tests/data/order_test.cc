#include "data/order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "core/error.h"

namespace tess2::data {
namespace {

std::vector<std::size_t> take(SampleOrder& order, std::uint64_t first, std::size_t count) {
  std::vector<std::size_t> samples;
  for (std::size_t i = 0; i < count; ++i) samples.push_back(order(first + i));
  return samples;
}

TEST(SampleOrder, EveryEpochIsAPermutationOfItsOwn) {
  SampleOrder order(100, 5);
  std::vector<std::size_t> all(100);
  std::iota(all.begin(), all.end(), std::size_t{0});
  const auto first = take(order, 0, 100);
  const auto second = take(order, 100, 100);
  EXPECT_NE(first, second);
  EXPECT_NE(first, all);
  for (auto epoch : {first, second}) {
    std::sort(epoch.begin(), epoch.end());
    EXPECT_EQ(epoch, all);
  }
}

TEST(SampleOrder, ResumesAnywhere) {
  SampleOrder whole(37, 5);
  const auto samples = take(whole, 0, 200);
  SampleOrder resumed(37, 5);
  EXPECT_EQ(take(resumed, 150, 50), std::vector<std::size_t>(samples.begin() + 150, samples.end()));
  EXPECT_EQ(take(resumed, 0, 10), std::vector<std::size_t>(samples.begin(), samples.begin() + 10));
  EXPECT_EQ(resumed.epoch_of(36), 0u);
  EXPECT_EQ(resumed.epoch_of(37), 1u);
}

TEST(SampleOrder, DependsOnTheSeed) {
  SampleOrder a(50, 1), b(50, 2);
  EXPECT_NE(take(a, 0, 50), take(b, 0, 50));
}

TEST(SampleOrder, RefusesNoExamples) {
  EXPECT_THROW(SampleOrder(0, 1), UsageError);
}

}  // namespace
}  // namespace tess2::data
