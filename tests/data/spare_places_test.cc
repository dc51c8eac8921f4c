#include "data/spare_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace tess2::data {
namespace {

constexpr text::TokenId kPad = 99;

struct Row {
  std::vector<text::TokenId> ids = std::vector<text::TokenId>(24);
  SpanMask mask = SpanMask(24, 0);
  Row() {
    std::iota(ids.begin(), ids.end(), 0);
    for (const std::size_t i : {3u, 4u, 10u}) mask[i] = 1;
  }
};

TEST(SparePlaces, KeepTheTokensAndTheirOrder) {
  const Row row;
  Rng rng(3, Stream::kSpanMask);
  for (int round = 0; round < 200; ++round) {
    const MaskedRow holes = with_spare_places(row.ids, row.mask, kPad, rng);
    ASSERT_EQ(holes.ids.size(), 24u);
    ASSERT_EQ(holes.span_mask.size(), 24u);
    std::size_t next = 0;
    for (std::size_t i = 0; i < 24; ++i) {
      if (holes.ids[i] == kPad) {
        EXPECT_EQ(holes.span_mask[i], 1);
        continue;
      }
      EXPECT_EQ(holes.ids[i], row.ids[next]);
      EXPECT_EQ(holes.span_mask[i], row.mask[next]);
      ++next;
    }
  }
}

TEST(SparePlaces, AreDrawnUpToTwiceTheSpanAndTwo) {
  const Row row;
  Rng rng(3, Stream::kSpanMask);
  std::set<long> counts;
  for (int round = 0; round < 500; ++round) {
    const MaskedRow holes = with_spare_places(row.ids, row.mask, kPad, rng);
    const auto behind = holes.ids.begin() + 5;  // the first span ends at 4
    counts.insert(std::find_if(behind, holes.ids.end(), [](auto id) { return id != kPad; }) -
                  behind);
  }
  EXPECT_THAT(counts, testing::ElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST(SparePlaces, NothingStandsBehindGivenTokens) {
  Row row;
  row.mask.assign(24, 0);
  Rng rng(3, Stream::kSpanMask);
  const MaskedRow holes = with_spare_places(row.ids, row.mask, kPad, rng);
  EXPECT_EQ(holes.ids, row.ids);
}

}  // namespace
}  // namespace tess2::data
