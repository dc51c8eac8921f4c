#include "data/examples.h"

#include <gmock/gmock.h>

#include "data/documents.h"
#include "data/fixtures.h"
#include "data/pairs.h"
#include "data/shuffle.h"
#include "data/tokenize.h"

namespace tess2::data {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class Examples : public FolderTest {
 protected:
  std::string text(const std::string& name, char letter) const {
    return write(name, std::string(200, letter)).string();
  }
  std::string shards(const std::string& name, const std::string& input) const {
    write_token_shards({input}, tokenizer_, {}, test_reading(), folder() / name, {});
    return (folder() / name).string();
  }
  std::unique_ptr<ExampleStream> open(const Inputs& inputs) const {
    return open_examples(inputs, encoder_, test_reading(), 7);
  }
  /// The middle letters of the first rows.
  std::string letters(ExampleStream& stream, int count) const {
    std::string all;
    for (int i = 0; i < count; ++i) {
      const auto row = stream.next();
      all += row ? tokenizer_.decode(std::span(row->ids).subspan(4, 1)) : ".";
    }
    return all;
  }

  const ByteTokenizer tokenizer_;
  const std::shared_ptr<const RecordEncoder> encoder_ =
      std::make_shared<DocumentEncoder>(tokenizer_, 50);
};

TEST_F(Examples, InputsWithoutWeightsFollowOneAnother) {
  EXPECT_EQ(letters(*open({{text("b.txt", 'b'), text("a.txt", 'a')}, {}}), 9), "bbbbaaaa.");
  EXPECT_EQ(letters(*open({{folder().string()}, {}}), 9), "aaaabbbb.");
}

TEST_F(Examples, WeightedInputsAreMixedTextAndShardsAlike) {
  const std::string a = text("a.txt", 'a'), b = text("b.txt", 'b');
  const std::string mixed = letters(*open({{a, b}, {"1", "4"}}), 500);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(mixed, 'a')), 100.0, 30.0);
  EXPECT_EQ(mixed.find('.'), std::string::npos);
  EXPECT_EQ(letters(*open({{shards("s", a), b}, {"1", "4"}}), 500), mixed);
}

TEST_F(Examples, OneShardFolderIsReadInPlaceOfText) {
  EXPECT_EQ(letters(*open({{shards("s", text("a.txt", 'a'))}, {}}), 5), "aaaa.");
}

TEST_F(Examples, WhatCannotBeMeantIsToldBeforeAnythingIsRead) {
  const std::string a = text("a.txt", 'a');
  const auto problem = [](const Inputs& inputs) { return error_of([&] { check_inputs(inputs); }); };
  EXPECT_EQ(problem({{a, a}, {"1"}}), "weights: expected one for each of 2 inputs, found 1");
  EXPECT_EQ(problem({{a}, {"nan"}}), "weights: expected finite numbers above 0, found nan");
  EXPECT_THAT(problem({{a, shards("s", a)}, {}}),
              EndsWith("token shards: expected no other input, or weights, found neither"));
  EXPECT_THAT(problem({{folder() / "*.jsonl"}, {}}), EndsWith("*.jsonl: matches no file"));
  EXPECT_THAT(error_of([&] {
                open_examples({{(folder() / "s").string()}, {}},
                              std::make_shared<PairEncoder>(tokenizer_, 30), test_reading(), 1);
              }),
              EndsWith("token shards hold documents, expected a pair of at most 30 tokens"));
}

TEST_F(Examples, ReadingKeepsToItsLimit) {
  const Inputs inputs{{text("a.txt", 'a')}, {}};
  EXPECT_EQ(read_examples(inputs, encoder_, test_reading(), 3).size(), 3u);
  EXPECT_EQ(read_examples(inputs, encoder_, test_reading()).size(), 4u);
}

// A run over compressed files, mixed and shuffled in a small buffer, for any number of threads and
// resumed in the middle.
TEST_F(Examples, ARunIsTheSameForAnyThreadsAndResumed) {
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    lines += "{\"text\": \"number " + std::to_string(i * 7919) + "\"}\n";
  }
  const Inputs inputs{
      {write_gzip("a.jsonl.gz", lines).string(), write_zstd("b.jsonl.zst", lines + lines).string()},
      {"0.3", "0.7"}};
  const auto run = [&](std::int64_t workers) {
    return Shuffle(open_examples(inputs, encoder_, test_reading(OnBadLine::kStop, workers), 7), 13,
                   7);
  };
  Shuffle one = run(1), four = run(4), later = run(3);
  std::vector<Example> samples;
  std::string position;
  for (std::uint64_t k = 0; k < 400; ++k) {
    samples.push_back(one(k));
    EXPECT_EQ(four(k), samples.back()) << k;
    if (k == 170) position = one.position();
  }
  later.resume(position);
  for (std::uint64_t k = 171; k < 400; ++k) EXPECT_EQ(later(k), samples[k]) << k;
}

}  // namespace
}  // namespace tess2::data
