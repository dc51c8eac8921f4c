#include "train/sharing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

namespace tess2::train {
namespace {

std::vector<std::int64_t> loads_of(const std::vector<std::int64_t>& sizes, std::int64_t ranks) {
  std::vector<std::int64_t> loads(static_cast<std::size_t>(ranks));
  const auto owners = share_out(sizes, ranks);
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    loads[static_cast<std::size_t>(owners[i])] += sizes[i];
  }
  return loads;
}

TEST(MakeUnits, PutsSmallParametersTogether) {
  constexpr std::int64_t kKilo = 1024;
  const std::vector<std::int64_t> bytes = {10 * kKilo, 32 * kKilo, 20 * kKilo, 2 * kKilo,
                                           kKilo,      90 * kKilo, 0};
  EXPECT_EQ(make_units(bytes), (std::vector<Unit>{{1}, {0, 2, 3}, {5}, {4, 6}}));
  EXPECT_TRUE(make_units({}).empty());
}

TEST(ShareOut, GivesTheLargestFirstToWhoeverHasLeast) {
  EXPECT_EQ(share_out(std::vector<std::int64_t>{1, 7, 5, 3}, 2),
            (std::vector<std::int64_t>{0, 0, 1, 1}));
  EXPECT_EQ(share_out(std::vector<std::int64_t>{4, 4}, 3), (std::vector<std::int64_t>{0, 1}));
}

/// The weights of Mistral 7B, with the self-conditioning that adaptation keeps.
std::vector<std::int64_t> mistral_sizes() {
  constexpr std::int64_t kHidden = 4096, kWide = 14336, kKeys = 1024, kVocab = 32000;
  std::vector<std::int64_t> sizes = {kVocab * kHidden};
  for (int layer = 0; layer < 32; ++layer) {
    sizes.insert(sizes.end(),
                 {kHidden * kHidden, kKeys * kHidden, kKeys * kHidden, kHidden * kHidden,
                  kWide * kHidden, kWide * kHidden, kWide * kHidden, kHidden, kHidden});
  }
  sizes.insert(sizes.end(), {kHidden, kVocab * kHidden});
  return sizes;
}

TEST(ShareOut, IsEvenForALargeModel) {
  const auto sizes = mistral_sizes();
  const std::int64_t all = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  EXPECT_EQ(all, 7'241'732'096);
  for (const std::int64_t ranks : {2, 4, 8, 16, 32}) {
    const auto loads = loads_of(sizes, ranks);
    EXPECT_EQ(std::accumulate(loads.begin(), loads.end(), std::int64_t{0}), all);
    const double even = static_cast<double>(all) / static_cast<double>(ranks);
    EXPECT_LT(static_cast<double>(std::ranges::max(loads)), 1.05 * even) << ranks;
  }
}

TEST(Sharing, AProcessAloneKeepsAll) {
  const std::vector<tensor::NamedTensor> parameters{{"a", at::ones({3})}, {"b", at::ones({2})}};
  const Sharing sharing(parameters, {}, 2);
  EXPECT_FALSE(sharing.is_shared());
  EXPECT_FALSE(sharing.shares_gradients());
  EXPECT_TRUE(sharing.keeps(0));
  EXPECT_TRUE(sharing.keeps(1));
}

}  // namespace
}  // namespace tess2::train
