#include "data/mixture.h"

#include <gmock/gmock.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "data/fixtures.h"
#include "data/list_examples.h"

namespace tess2::data {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Source s counts 1000 s, 1000 s + 1, ... up to its size.
std::vector<std::unique_ptr<ExampleStream>> sources(const std::vector<int>& sizes) {
  std::vector<std::unique_ptr<ExampleStream>> all;
  for (const int size : sizes) {
    std::vector<Example> examples;
    const int first = 1000 * static_cast<int>(all.size());
    for (int i = 0; i < size; ++i) examples.push_back({{first + i}, 0});
    all.push_back(std::make_unique<ListExamples>(std::move(examples)));
  }
  return all;
}

std::vector<int> draw(ExampleStream& stream, int count) {
  std::vector<int> ids;
  for (int i = 0; i < count; ++i) ids.push_back(stream.next().value().ids[0]);
  return ids;
}

TEST(Weights, AreFiniteNumbersAboveZero) {
  const std::vector<std::string> good{"0.7", "3e-1", "12"};
  EXPECT_THAT(parse_weights(good), ElementsAre(0.7, 0.3, 12.0));
  for (const char* bad : {"-1", "0", "nan", "inf", "", "0.5x", "a"}) {
    EXPECT_THAT(error_of([&] {
                  parse_weights(std::vector<std::string>{"1", bad});
                }),
                HasSubstr("weights: expected finite numbers above 0, found"))
        << bad;
  }
}

TEST(Mixture, DrawsSourcesByTheirSharesAndKeepsTheirOrder) {
  Mixture mixture(sources({50, 200}), {1.0, 3.0}, 5);
  const auto ids = draw(mixture, 4000);
  std::vector<int> drawn[2];
  for (const int id : ids) drawn[id / 1000].push_back(id % 1000);
  EXPECT_NEAR(static_cast<double>(drawn[0].size()) / 4000.0, 0.25, 0.03);
  for (std::size_t s = 0; s < 2; ++s) {
    for (std::size_t i = 0; i < drawn[s].size(); ++i) {
      ASSERT_EQ(drawn[s][i], static_cast<int>(i % (s == 0 ? 50 : 200)));
    }
  }
}

TEST(Mixture, DependsOnTheSeedAlone) {
  Mixture one(sources({50, 20}), {1.0, 3.0}, 5), again(sources({50, 20}), {2.0, 6.0}, 5);
  Mixture other(sources({50, 20}), {1.0, 3.0}, 6);
  const auto ids = draw(one, 200);
  EXPECT_EQ(draw(again, 200), ids);
  EXPECT_NE(draw(other, 200), ids);
}

TEST(Mixture, GoesOnFromAPlace) {
  Mixture mixture(sources({7, 20, 3}), {1.0, 3.0, 0.5}, 5);
  draw(mixture, 101);
  const json position = json::parse(mixture.position().dump());
  const auto expected = draw(mixture, 100);
  Mixture later(sources({7, 20, 3}), {1.0, 3.0, 0.5}, 5);
  later.seek(position);
  EXPECT_EQ(draw(later, 100), expected);
  Mixture two(sources({7, 20}), {1.0, 3.0}, 5);
  EXPECT_THAT(error_of([&] { two.seek(position); }), HasSubstr("sources: expected 2"));
}

TEST(Mixture, NeedsAGoodWeightForEachSource) {
  const auto problem = [](const std::vector<double>& weights) {
    return error_of([&] { Mixture(sources({3, 3}), weights, 1); });
  };
  EXPECT_THAT(problem({1.0}), HasSubstr("expected one for each of 2 sources, found 1"));
  EXPECT_THAT(problem({}), HasSubstr("expected one for each of 2 sources, found 0"));
  for (const double bad : {-1.0, 0.0, std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity()}) {
    EXPECT_THAT(problem({1.0, bad}), HasSubstr("expected finite numbers above 0"));
  }
}

}  // namespace
}  // namespace tess2::data
