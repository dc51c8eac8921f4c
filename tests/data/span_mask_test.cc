#include "data/span_mask.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <tuple>

#include "core/error.h"
#include "data/span_masks.h"

namespace tess2::data {
namespace {

using Kind = BatchObjective::Kind;

Rng make_rng(std::uint64_t step = 0) {
  return Rng(11, Stream::kSpanMask, step);
}

std::size_t count_masked(const SpanMask& mask) {
  return std::accumulate(mask.begin(), mask.end(), std::size_t{0});
}

std::string as_text(const SpanMask& mask) {
  std::string text;
  for (const auto bit : mask) text += bit == 1 ? '1' : '0';
  return text;
}

/// Number of runs of ones.
std::size_t count_spans(const SpanMask& mask) {
  std::size_t spans = 0;
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i] == 1 && (i == 0 || mask[i - 1] == 0)) ++spans;
  }
  return spans;
}

struct SpanCase {
  std::size_t length;
  SpanShape shape;
  std::size_t masked;
  std::size_t spans;
};

TEST(SpanMask, HasTheTokensAndSpansOfSectionThree) {
  const SpanCase cases[] = {
      {128, {0.15, 8}, 19, 2},     {128, {0.15, 3}, 19, 6}, {128, {0.5, 8}, 64, 8},
      {128, {0.5, 3}, 64, 21},     {128, {0.5, 48}, 64, 1}, {2048, {0.15, 8}, 307, 38},
      {2048, {0.5, 48}, 1024, 21}, {3, {0.15, 8}, 1, 1},    {20, {0.15, 3}, 3, 1},
      {9, {0.5, 1}, 4, 4},
  };
  for (const auto& c : cases) {
    Rng rng = make_rng();
    for (int draw = 0; draw < 50; ++draw) {
      const SpanMask mask = draw_span_mask({Kind::kSpans, c.shape}, c.length, rng);
      ASSERT_EQ(mask.size(), c.length);
      EXPECT_EQ(count_masked(mask), c.masked) << c.length << " " << c.shape.mean_length;
      EXPECT_EQ(count_spans(mask), c.spans) << c.length << " " << c.shape.mean_length;
      EXPECT_EQ(mask.front(), 0);
      EXPECT_EQ(mask.back(), 1);
    }
  }
}

// L = 10, ratio 0.5, mean 2: 5 masked and 5 clean tokens, both in 2 parts: 4 * 4 masks.
TEST(SpanMask, EveryCutIsEquallyLikely) {
  constexpr int kDraws = 16000;
  std::map<std::string, int> counts;
  Rng rng = make_rng();
  for (int i = 0; i < kDraws; ++i)
    ++counts[as_text(draw_span_mask({Kind::kSpans, {0.5, 2}}, 10, rng))];
  ASSERT_EQ(counts.size(), 16u);
  double chi_square = 0.0;
  for (const auto& [mask, count] : counts) {
    chi_square += std::pow(count - kDraws / 16.0, 2) / (kDraws / 16.0);
  }
  EXPECT_LT(chi_square, 37.7);  // the 0.999 quantile with 15 degrees of freedom
}

TEST(SpanMask, PrefixIsUniformOverItsRange) {
  for (const std::size_t length : {5u, 6u, 20u, 21u}) {
    const std::size_t most = (length - 1) / 2 - 1;
    std::map<std::size_t, int> counts;
    Rng rng = make_rng();
    constexpr int kDraws = 8000;
    for (int i = 0; i < kDraws; ++i) {
      const SpanMask mask = draw_span_mask({Kind::kPrefix, {}}, length, rng);
      const std::size_t clean = length - count_masked(mask);
      for (std::size_t j = 0; j < length; ++j) ASSERT_EQ(mask[j], j < clean ? 0 : 1);
      ++counts[clean - 1];  // n: positions 0 to n are clean
    }
    EXPECT_EQ(counts.begin()->first, 1u) << length;
    EXPECT_EQ(counts.rbegin()->first, most) << length;
    const double expected = static_cast<double>(kDraws) / static_cast<double>(most);
    for (const auto& [n, count] : counts) EXPECT_NEAR(count, expected, 5 * std::sqrt(expected));
  }
}

TEST(SpanMask, ShortRowsHaveAPrefixOfTwo) {
  Rng rng = make_rng();
  EXPECT_EQ(draw_span_mask({Kind::kPrefix, {}}, 3, rng), (SpanMask{0, 0, 1}));
  EXPECT_EQ(draw_span_mask({Kind::kPrefix, {}}, 4, rng), (SpanMask{0, 0, 1, 1}));
}

TEST(SpanMask, UnconditionalMasksEverything) {
  Rng rng = make_rng();
  EXPECT_EQ(draw_span_masks(MaskObjective::kUnconditional, 2, 4, rng),
            std::vector<SpanMask>(2, SpanMask(4, 1)));
}

TEST(SpanMask, HalfMaskKeepsTheFirstHalf) {
  EXPECT_EQ(half_mask(6), (SpanMask{0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(half_mask(7), (SpanMask{0, 0, 0, 0, 1, 1, 1}));
  EXPECT_EQ(count_masked(half_mask(128)), 64u);
}

using Member = std::tuple<Kind, double, double>;

std::map<Member, int> draw_members(MaskObjective objective, int draws) {
  std::map<Member, int> counts;
  for (int step = 0; step < draws; ++step) {
    Rng rng = make_rng(static_cast<std::uint64_t>(step));
    const auto batch = draw_batch_objective(objective, 128, rng);
    const bool spans = batch.kind == Kind::kSpans;
    ++counts[{batch.kind, spans ? batch.shape.ratio : 0.0, spans ? batch.shape.mean_length : 0.0}];
  }
  return counts;
}

void expect_frequencies(MaskObjective objective, const std::map<Member, double>& wanted) {
  constexpr int kDraws = 6000;
  const auto counts = draw_members(objective, kDraws);
  EXPECT_EQ(counts.size(), wanted.size());
  for (const auto& [member, share] : wanted) {
    ASSERT_TRUE(counts.contains(member));
    EXPECT_NEAR(counts.at(member), kDraws * share, 5 * std::sqrt(kDraws * share));
  }
}

TEST(SpanMask, ObjectivesAreMixedAsInSectionThree) {
  expect_frequencies(MaskObjective::kUl2, {{{Kind::kSpans, 0.15, 8}, 1.0 / 6},
                                           {{Kind::kSpans, 0.15, 3}, 1.0 / 6},
                                           {{Kind::kSpans, 0.5, 8}, 1.0 / 9},
                                           {{Kind::kSpans, 0.5, 3}, 1.0 / 9},
                                           {{Kind::kSpans, 0.5, 48}, 1.0 / 9},
                                           {{Kind::kPrefix, 0, 0}, 1.0 / 3}});
  expect_frequencies(MaskObjective::kUl2WithUnconditional,
                     {{{Kind::kSpans, 0.15, 8}, 1.0 / 8},
                      {{Kind::kSpans, 0.15, 3}, 1.0 / 8},
                      {{Kind::kSpans, 0.5, 8}, 1.0 / 12},
                      {{Kind::kSpans, 0.5, 3}, 1.0 / 12},
                      {{Kind::kSpans, 0.5, 48}, 1.0 / 12},
                      {{Kind::kPrefix, 0, 0}, 1.0 / 4},
                      {{Kind::kUnconditional, 0, 0}, 1.0 / 4}});
  expect_frequencies(MaskObjective::kPrefixWithUnconditional,
                     {{{Kind::kPrefix, 0, 0}, 0.5}, {{Kind::kUnconditional, 0, 0}, 0.5}});
  expect_frequencies(MaskObjective::kPrefixLm, {{{Kind::kPrefix, 0, 0}, 1.0}});
  expect_frequencies(MaskObjective::kSpanInfilling, {{{Kind::kSpans, 0.15, 3}, 1.0}});
}

TEST(SpanMask, VariableShapesCoverTheirRange) {
  double least = 1.0, most = 0.0;
  int spans = 0;
  for (std::uint64_t step = 0; step < 4000; ++step) {
    Rng rng = make_rng(step);
    const auto batch = draw_batch_objective(MaskObjective::kUl2Variable, 100, rng);
    if (batch.kind == Kind::kPrefix) continue;
    ASSERT_EQ(batch.kind, Kind::kSpans);
    ++spans;
    least = std::min(least, batch.shape.ratio);
    most = std::max(most, batch.shape.ratio);
    EXPECT_GE(batch.shape.ratio, 0.01);
    EXPECT_LE(batch.shape.ratio, 0.5);
    EXPECT_EQ(batch.shape.mean_length, std::floor(batch.shape.mean_length));
    EXPECT_GE(batch.shape.mean_length, 1.0);
    EXPECT_LE(batch.shape.mean_length, 100 * batch.shape.ratio);
  }
  EXPECT_NEAR(spans, 2000, 5 * std::sqrt(2000.0));
  EXPECT_LT(least, 0.02);
  EXPECT_GT(most, 0.49);
}

TEST(SpanMask, OneObjectiveABatchAndOneDrawARow) {
  Rng rng = make_rng();
  const auto masks = draw_span_masks(MaskObjective::kSpanInfilling, 8, 128, rng, {0.5, 4});
  ASSERT_EQ(masks.size(), 8u);
  for (const auto& mask : masks) EXPECT_EQ(count_spans(mask), 16u);
  std::set<std::string> different;
  for (const auto& mask : masks) different.insert(as_text(mask));
  EXPECT_EQ(different.size(), 8u);
  Rng again = make_rng();
  EXPECT_EQ(draw_span_masks(MaskObjective::kSpanInfilling, 8, 128, again, {0.5, 4}), masks);
}

TEST(SpanMask, NamesEveryObjectiveOnce) {
  std::set<MaskObjective> objectives;
  for (const auto& [name, objective] : mask_objective_names()) objectives.insert(objective);
  EXPECT_EQ(objectives.size(), 7u);
  EXPECT_EQ(mask_objective_names()[0].first, "ul2");
}

TEST(SpanMask, RefusesRowsAndShapesWithoutRoom) {
  Rng rng = make_rng();
  EXPECT_THROW(draw_span_masks(MaskObjective::kUl2, 1, 2, rng), UsageError);
  EXPECT_THROW(draw_span_mask({Kind::kPrefix, {}}, 0, rng), UsageError);
  EXPECT_THROW(half_mask(1), UsageError);
  for (const SpanShape shape : {SpanShape{0.0, 3}, SpanShape{0.6, 3}, SpanShape{0.2, 0.5}}) {
    EXPECT_THROW(draw_span_masks(MaskObjective::kSpanInfilling, 1, 20, rng, shape), UsageError);
  }
}

}  // namespace
}  // namespace tess2::data
