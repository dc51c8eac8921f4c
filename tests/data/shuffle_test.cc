#include "data/shuffle.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "data/fixtures.h"
#include "data/list_examples.h"

namespace tess2::data {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::vector<Example> numbered(int count) {
  std::vector<Example> examples;
  for (int i = 0; i < count; ++i) examples.push_back({{i}, 0});
  return examples;
}

Shuffle shuffle_of(int count, std::size_t buffer, std::uint64_t seed = 3) {
  return {std::make_unique<ListExamples>(numbered(count)), buffer, seed};
}

std::vector<int> samples(Shuffle& shuffle, std::uint64_t first, std::uint64_t count) {
  std::vector<int> ids;
  for (std::uint64_t k = first; k < first + count; ++k) ids.push_back(shuffle(k).ids[0]);
  return ids;
}

std::vector<int> sorted(std::vector<int> ids) {
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::vector<int> from_to(int first, int end) {
  std::vector<int> ids(static_cast<std::size_t>(end - first));
  std::iota(ids.begin(), ids.end(), first);
  return ids;
}

/// A stream that fails in the middle of its first epoch.
class FailingStream final : public ExampleStream {
 public:
  std::optional<Example> next() override {
    if (++given_ > 5) throw FileError("a.jsonl", "is gone");
    return Example{{given_}, 0};
  }
  json position() const override { return json::object(); }
  void seek(const json&) override {}

 private:
  int given_ = 0;
};

TEST(ShuffledOrder, IsAPermutationOfSeedAndBlock) {
  const auto order = shuffled_order(10, 3, 0);
  EXPECT_TRUE(std::is_permutation(order.begin(), order.end(), from_to(0, 10).begin()));
  EXPECT_EQ(shuffled_order(10, 3, 0), order);
  EXPECT_NE(shuffled_order(10, 3, 1), order);
  EXPECT_NE(shuffled_order(10, 4, 0), order);
}

TEST(Shuffle, OfAnEpochThatFitsIsAFreshPermutationEachEpoch) {
  Shuffle shuffle = shuffle_of(10, 11);
  ASSERT_NE(shuffle.whole_epoch(), nullptr);
  EXPECT_EQ(*shuffle.whole_epoch(), numbered(10));
  for (const std::uint64_t epoch : {0, 1, 7, 2}) {  // back as well
    const auto order = shuffled_order(10, 3, epoch);
    EXPECT_EQ(samples(shuffle, 10 * epoch, 10), std::vector<int>(order.begin(), order.end()));
  }
  EXPECT_EQ(shuffle.figures().wait_seconds, 0.0);
}

TEST(Shuffle, WhetherAnEpochFitsExactlyChangesNothing) {
  Shuffle roomy = shuffle_of(10, 100), exact = shuffle_of(10, 10);
  EXPECT_EQ(exact.whole_epoch(), nullptr);
  EXPECT_EQ(samples(exact, 0, 55), samples(roomy, 0, 55));
}

TEST(Shuffle, OfMoreThanItsBufferShufflesBlocks) {
  Shuffle shuffle = shuffle_of(10, 4);
  EXPECT_EQ(shuffle.whole_epoch(), nullptr);
  const auto ids = samples(shuffle, 0, 20);
  const auto part = [&](int first, int count) {
    return std::vector<int>(ids.begin() + first, ids.begin() + first + count);
  };
  EXPECT_EQ(sorted(part(0, 4)), from_to(0, 4));
  EXPECT_EQ(sorted(part(4, 4)), from_to(4, 8));
  EXPECT_EQ(sorted(part(8, 2)), from_to(8, 10)) << "a block ends with its epoch";
  EXPECT_EQ(sorted(part(10, 4)), from_to(0, 4));
  EXPECT_NE(part(0, 10), part(10, 10));
}

TEST(Shuffle, ASampleIsAFunctionOfSeedAndNumber) {
  Shuffle all = shuffle_of(23, 4), some = shuffle_of(23, 4), other = shuffle_of(23, 4, 9);
  const auto ids = samples(all, 0, 100);
  for (const std::uint64_t k : {2, 3, 40, 41, 97, 5, 60}) {  // forwards by leaps, and back
    EXPECT_EQ(some(k).ids[0], ids[k]) << k;
  }
  EXPECT_NE(samples(other, 0, 100), ids);
}

TEST(Shuffle, RanksThatTakeTurnsMakeUpTheWhole) {
  Shuffle all = shuffle_of(23, 6), first = shuffle_of(23, 6), second = shuffle_of(23, 6);
  const auto ids = samples(all, 0, 80);
  for (std::uint64_t batch = 0; batch < 20; ++batch) {
    Shuffle& rank = batch % 2 == 0 ? first : second;
    const auto part = samples(rank, 4 * batch, 4);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), ids.begin() + static_cast<int>(4 * batch)));
  }
}

TEST(Shuffle, ResumesAnywhereWithTheSameSamples) {
  for (const std::size_t buffer : {1u, 4u, 10u, 11u}) {
    Shuffle whole = shuffle_of(10, buffer);
    const auto ids = samples(whole, 0, 60);
    for (int k = 1; k < 45; k += 4) {
      Shuffle before = shuffle_of(10, buffer), after = shuffle_of(10, buffer);
      samples(before, 0, static_cast<std::uint64_t>(k));
      after.resume(before.position());
      EXPECT_EQ(samples(after, static_cast<std::uint64_t>(k), 15),
                std::vector<int>(ids.begin() + k, ids.begin() + k + 15))
          << buffer << " " << k;
      EXPECT_EQ(samples(after, 0, 5), std::vector<int>(ids.begin(), ids.begin() + 5));
    }
  }
}

TEST(Shuffle, RefusesAPlaceThatDoesNotFit) {
  Shuffle shuffle = shuffle_of(10, 4);
  shuffle(5);
  const json position = json::parse(shuffle.position());
  const auto problem = [&](const char* key, const json& value) {
    json changed = position;
    changed[key] = value;
    return error_of([&] { shuffle.resume(changed.dump()); });
  };
  EXPECT_THAT(problem("buffer", 5), HasSubstr("buffer: expected 4, found 5"));
  EXPECT_THAT(problem("seed", 8), HasSubstr("seed: expected 3, found 8"));
  EXPECT_THAT(problem("block", -1), HasSubstr("block: expected a whole number"));
  EXPECT_THAT(problem("stream", 7), HasSubstr("next: expected a whole number"));
  for (const char* text : {"", "{", "[]", "3", "{}"}) {
    EXPECT_THAT(error_of([&] { shuffle.resume(text); }), HasSubstr("position in the data: "))
        << text;
  }
  EXPECT_NO_THROW(samples(shuffle, 0, 30));
}

TEST(Shuffle, ThrowsWhatReadingThrowsEachTime) {
  Shuffle shuffle(std::make_unique<FailingStream>(), 2, 1);
  EXPECT_NO_THROW(samples(shuffle, 0, 4));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(error_of([&] { shuffle(4); }), "a.jsonl: is gone");
  }
}

TEST(Shuffle, NeedsABuffer) {
  EXPECT_THROW(shuffle_of(3, 0), UsageError);
}

}  // namespace
}  // namespace tess2::data
