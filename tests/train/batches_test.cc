#include "train/batches.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "data/list_examples.h"
#include "data/span_masks.h"

namespace tess2::train {
namespace {

constexpr std::size_t kLength = 12;

/// Row i holds the ids 100 i, 100 i + 1, ...
std::vector<data::Example> numbered_rows(int rows) {
  std::vector<data::Example> examples(static_cast<std::size_t>(rows));
  for (int i = 0; i < rows; ++i) {
    auto& ids = examples[static_cast<std::size_t>(i)].ids;
    ids.resize(kLength);
    std::iota(ids.begin(), ids.end(), 100 * i);
  }
  return examples;
}

DocumentBatches document_batches(data::MaskObjective masks, std::uint64_t seed,
                                 int validation_rows = 20) {
  return {data::shuffled(numbered_rows(10), seed), numbered_rows(validation_rows), masks, seed};
}

/// The rows above, each with an answer that begins at position i + 1.
std::vector<data::Example> numbered_examples(int count) {
  auto examples = numbered_rows(count);
  for (std::size_t i = 0; i < examples.size(); ++i) examples[i].split = i + 1;
  return examples;
}

DialogueBatches dialogue_batches(std::uint64_t seed) {
  return {data::shuffled(numbered_examples(10), seed), numbered_examples(3), seed};
}

/// Which rows a batch holds, by its first ids.
std::vector<std::int64_t> rows_in(const Batch& batch) {
  std::vector<std::int64_t> rows;
  for (std::int64_t b = 0; b < batch.ids.size(0); ++b) {
    rows.push_back(batch.ids[b][0].item<std::int64_t>() / 100);
  }
  return rows;
}

bool same(const Batch& a, const Batch& b) {
  return a.ids.equal(b.ids) && a.span_mask.equal(b.span_mask);
}

void expect_each_row_once(BatchSource& source) {
  std::vector<std::int64_t> seen;
  for (const std::int64_t index : {0, 1}) {
    const Batch batch = source.training_batch(index, 5);
    ASSERT_EQ(batch.ids.sizes(), (at::IntArrayRef{5, kLength}));
    ASSERT_EQ(batch.span_mask.sizes(), batch.ids.sizes());
    const auto rows = rows_in(batch);
    seen.insert(seen.end(), rows.begin(), rows.end());
  }
  EXPECT_FALSE(std::is_sorted(seen.begin(), seen.end()));
  std::sort(seen.begin(), seen.end());
  std::vector<std::int64_t> all(10);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(seen, all);
}

void expect_rows_whole(const Batch& batch) {
  const at::Tensor steps = batch.ids - batch.ids.narrow(1, 0, 1);
  EXPECT_TRUE(
      steps.eq(at::arange(static_cast<std::int64_t>(kLength), at::kLong)).all().item<bool>());
}

TEST(StackIds, KeepsRowsInOrder) {
  const std::vector<text::TokenId> a{1, 2, 3}, b{4, 5, 6};
  const at::Tensor stacked = stack_ids({a, b});
  EXPECT_TRUE(stacked.equal(at::tensor({1, 2, 3, 4, 5, 6}, at::kLong).view({2, 3})));
}

TEST(DocumentBatches, ABatchIsAFunctionOfSeedAndIndex) {
  auto batches = document_batches(data::MaskObjective::kUl2, 3);
  auto again = document_batches(data::MaskObjective::kUl2, 3);
  auto other = document_batches(data::MaskObjective::kUl2, 4);
  const Batch late = batches.training_batch(7, 4);
  EXPECT_TRUE(same(late, again.training_batch(7, 4)));
  EXPECT_FALSE(same(late, batches.training_batch(8, 4)));
  EXPECT_TRUE(same(late, batches.training_batch(7, 4)));
  EXPECT_FALSE(same(late, other.training_batch(7, 4)));
}

TEST(DocumentBatches, AnEpochHoldsEachRowOnce) {
  auto batches = document_batches(data::MaskObjective::kUl2, 3);
  EXPECT_EQ(batches.length(), 12);
  expect_each_row_once(batches);
  expect_rows_whole(batches.training_batch(0, 5));
}

TEST(DocumentBatches, MasksAreDrawnFromTheSeedAndTheIndex) {
  for (const auto objective : {data::MaskObjective::kUl2, data::MaskObjective::kPrefixLm}) {
    auto batches = document_batches(objective, 3);
    for (const std::int64_t index : {0, 1, 5}) {
      Rng rng(3, Stream::kSpanMask, static_cast<std::uint64_t>(index));
      const auto expected = data::draw_span_masks(objective, 4, kLength, rng);
      const at::Tensor mask = batches.training_batch(index, 4).span_mask;
      for (std::size_t b = 0; b < 4; ++b) {
        const auto row = mask[static_cast<std::int64_t>(b)];
        EXPECT_TRUE(std::equal(expected[b].begin(), expected[b].end(), row.data_ptr<bool>(),
                               [](std::uint8_t a, bool m) { return (a != 0) == m; }));
      }
    }
  }
}

TEST(DocumentBatches, ElasticHolesHavePaddingToPredict) {
  constexpr text::TokenId kPad = 99999;
  const auto rows = [] {  // long enough for two spans: the last one ends the row
    return std::vector<data::Example>(10, {std::vector<text::TokenId>(40, 7), 0});
  };
  const auto padded_batches = [&](data::MaskObjective objective, double chance) {
    DocumentBatches batches(data::shuffled(rows(), 3), rows(), objective, 3, {chance, kPad});
    int padded = 0;
    for (std::int64_t index = 0; index < 100; ++index) {
      const Batch batch = batches.training_batch(index, 4);
      const at::Tensor pads = batch.ids.eq(kPad);
      EXPECT_FALSE(pads.logical_and(batch.span_mask.logical_not()).any().item<bool>());
      padded += pads.any().item<bool>() ? 1 : 0;
    }
    return padded;
  };
  EXPECT_EQ(padded_batches(data::MaskObjective::kSpanInfilling, 0.0), 0);
  EXPECT_EQ(padded_batches(data::MaskObjective::kPrefixLm, 1.0), 0) << "a prefix is no hole";
  EXPECT_GT(padded_batches(data::MaskObjective::kSpanInfilling, 1.0), 90);
  EXPECT_NEAR(padded_batches(data::MaskObjective::kSpanInfilling, 0.5), 50, 20);
}

TEST(DocumentBatches, ValidationIsTheFirstRowsWithTheirSecondHalfMasked) {
  const auto batches = document_batches(data::MaskObjective::kUl2, 3);
  const auto& validation = batches.validation();
  ASSERT_EQ(validation.size(), 2u);
  EXPECT_EQ(validation[0].ids.size(0), 16);
  EXPECT_EQ(rows_in(validation[1]), (std::vector<std::int64_t>{16, 17, 18, 19}));
  expect_rows_whole(validation[1]);
  const at::Tensor expected = at::arange(12, at::kLong).gt(5).expand({4, 12});
  EXPECT_TRUE(validation[1].span_mask.equal(expected));
}

TEST(DocumentBatches, ValidationIsFixed) {
  const auto a = document_batches(data::MaskObjective::kUl2, 3);
  const auto b = document_batches(data::MaskObjective::kPrefixLm, 9);
  EXPECT_TRUE(same(a.validation()[0], b.validation()[0]));
  const auto more = document_batches(data::MaskObjective::kUl2, 3, 30);
  ASSERT_EQ(more.validation().size(), 2u);
  EXPECT_EQ(more.validation()[1].ids.size(0), 14);
}

TEST(DocumentBatches, ResumeWithTheSameBatches) {
  const auto open = [] {  // blocks of four rows
    return DocumentBatches({std::make_unique<data::ListExamples>(numbered_rows(10)), 4, 3},
                           numbered_rows(1), data::MaskObjective::kUl2, 3);
  };
  DocumentBatches whole = open();
  std::vector<Batch> batches;
  for (std::int64_t index = 0; index < 12; ++index) {
    const std::string position = index == 0 ? "" : whole.examples().position();
    batches.push_back(whole.training_batch(index, 3));
    if (index == 0) continue;
    DocumentBatches later = open();
    later.examples().resume(position);
    EXPECT_TRUE(same(later.training_batch(index, 3), batches.back())) << index;
  }
}

TEST(DialogueBatches, HoldExamplesWithTheirOwnMasks) {
  auto batches = dialogue_batches(5);
  EXPECT_EQ(batches.length(), 12);
  expect_each_row_once(batches);
  const Batch batch = batches.training_batch(3, 4);
  expect_rows_whole(batch);
  const auto rows = rows_in(batch);
  for (std::size_t b = 0; b < rows.size(); ++b) {
    const at::Tensor expected = at::arange(12, at::kLong).gt(rows[b]);
    EXPECT_TRUE(batch.span_mask[static_cast<std::int64_t>(b)].equal(expected));
  }
}

TEST(DialogueBatches, AreAFunctionOfSeedAndIndexAndValidationIsFixed) {
  auto batches = dialogue_batches(5);
  auto again = dialogue_batches(5);
  auto other = dialogue_batches(6);
  const Batch late = batches.training_batch(7, 4);
  EXPECT_TRUE(same(late, again.training_batch(7, 4)));
  EXPECT_FALSE(same(late, other.training_batch(7, 4)));
  ASSERT_EQ(batches.validation().size(), 1u);
  EXPECT_EQ(rows_in(batches.validation()[0]), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_TRUE(same(batches.validation()[0], other.validation()[0]));
}

/// Three ids of a question, 40 of an answer, `</s>` as 1, and padding.
data::Example padded_answer(text::TokenId pad) {
  data::Example example{std::vector<text::TokenId>(90, pad), 3};
  std::iota(example.ids.begin(), example.ids.begin() + 43, 100);
  example.ids[43] = 1;
  return example;
}

/// The ids of a row whose mask is `masked`, padding left out.
std::vector<std::int64_t> ids_where(const Batch& batch, std::int64_t row, bool masked,
                                    text::TokenId pad) {
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < batch.ids.size(1); ++i) {
    const auto id = batch.ids[row][i].item<std::int64_t>();
    if (id != pad && batch.span_mask[row][i].item<bool>() == masked) ids.push_back(id);
  }
  return ids;
}

TEST(DialogueBatches, HolesHidePartsOfAnAnswerAndHaveSparePlaces) {
  constexpr text::TokenId kPad = 99;
  const std::vector<data::Example> examples(4, padded_answer(kPad));
  DialogueBatches batches(data::shuffled(examples, 3), examples, 3, {1.0, kPad});
  int elastic = 0;
  for (std::int64_t index = 0; index < 20; ++index) {
    const Batch batch = batches.training_batch(index, 4);
    for (std::int64_t row = 0; row < 4; ++row) {
      const auto given = ids_where(batch, row, false, kPad);
      const auto hidden = ids_where(batch, row, true, kPad);
      ASSERT_GT(given.size(), 3u);
      EXPECT_EQ(given[2], 102) << "the question is given";
      EXPECT_FALSE(hidden.empty());
      EXPECT_TRUE(std::is_sorted(hidden.begin(), hidden.end() - (hidden.back() == 1 ? 1 : 0)));
      elastic += batch.ids[row].narrow(0, 0, 40).eq(kPad).any().item<bool>() ? 1 : 0;
      const at::Tensor pads = batch.ids[row].eq(kPad);
      EXPECT_FALSE(pads.logical_and(batch.span_mask[row].logical_not()).any().item<bool>());
    }
  }
  EXPECT_GT(elastic, 10);
  for (const Batch& batch : batches.validation()) {
    EXPECT_EQ(ids_where(batch, 0, false, kPad), (std::vector<std::int64_t>{100, 101, 102}));
  }
}

TEST(DialogueBatches, HolesComeAsOftenAsAsked) {
  constexpr text::TokenId kPad = 99;
  const std::vector<data::Example> examples(4, padded_answer(kPad));
  DialogueBatches batches(data::shuffled(examples, 3), examples, 3, {0.25, kPad});
  int holed = 0;
  for (std::int64_t index = 0; index < 100; ++index) {
    const Batch batch = batches.training_batch(index, 4);
    for (std::int64_t row = 0; row < 4; ++row) {
      holed += ids_where(batch, row, false, kPad).size() > 3 ? 1 : 0;
    }
  }
  EXPECT_NEAR(holed, 100, 40);
}

TEST(DialogueBatches, AShortAnswerHasNoHoles) {
  constexpr text::TokenId kPad = 99;
  const std::vector<data::Example> examples(4, {{100, 101, 7, 8, 1, kPad}, 2});
  DialogueBatches batches(data::shuffled(examples, 3), examples, 3, {1.0, kPad});
  const Batch batch = batches.training_batch(0, 4);
  EXPECT_EQ(ids_where(batch, 0, true, kPad), (std::vector<std::int64_t>{7, 8, 1}));
}

}  // namespace
}  // namespace tess2::train
