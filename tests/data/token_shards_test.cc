#include "data/token_shards.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "data/fixtures.h"

namespace tess2::data {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class TokenShardsTest : public FolderTest {
 protected:
  /// Shards with these ids, one document each.
  void write_shards(const std::vector<std::vector<std::uint16_t>>& shards) {
    index_ = {NpyType::kUint16,
              tokenizer_.vocab_size(),
              tokenizer_mark(tokenizer_, tokenizer_.vocab_size()),
              {}};
    for (const auto& ids : shards) {
      const std::size_t shard = index_.shards.size();
      write(shard_file("", shard).string(),
            npy_header(NpyType::kUint16, ids.size()) +
                std::string(reinterpret_cast<const char*>(ids.data()), 2 * ids.size()));
      write(shard_starts_file("", shard).string(),
            npy_header(NpyType::kInt64, 1) + std::string(8, '\0'));
      index_.shards.push_back({ids.size(), 1});
    }
    write_index();
  }
  void write_index() const { write(kShardIndexName, to_json_text(index_)); }
  std::string problem() const {
    return error_of([&] { ShardExamples(folder(), tokenizer_, 3); });
  }

  const ByteTokenizer tokenizer_;
  ShardIndex index_;
};

TEST_F(TokenShardsTest, TheIndexIsReadAsItIsWritten) {
  const ShardIndex index{NpyType::kUint32, 70000, "abc", {{5, 2}, {7, 1}}};
  const ShardIndex read = parse_shard_index(to_json_text(index), "index.json");
  EXPECT_EQ(to_json_text(read), to_json_text(index));
  EXPECT_EQ(read.tokens(), 12u);
  EXPECT_EQ(read.documents(), 3u);
  EXPECT_EQ(id_type(65536), NpyType::kUint16);
  EXPECT_EQ(id_type(65537), NpyType::kUint32);
}

TEST_F(TokenShardsTest, AWrongIndexIsNamed) {
  const json good = json::parse(to_json_text({NpyType::kUint16, 300, "abc", {{5, 2}}}));
  const auto problem_of = [&](const char* key, const json& value) {
    json changed = good;
    changed[key] = value;
    return error_of([&] { parse_shard_index(changed.dump(), "i"); });
  };
  EXPECT_EQ(problem_of("format", "x"), "i: format: expected tess2 token shards 1, found x");
  EXPECT_EQ(problem_of("vocab_size", -3), "i: vocab_size: expected a count, found number");
  EXPECT_EQ(problem_of("vocab_size", 0), "i: vocab_size: expected 1 to 2^31, found 0");
  EXPECT_EQ(problem_of("dtype", "uint32"), "i: dtype: expected uint16, found uint32");
  EXPECT_EQ(problem_of("shards", 3), "i: shards: expected a list, found number");
  EXPECT_EQ(problem_of("shards", json::array({json::object()})),
            "i: tokens: expected a value, found nothing");
  EXPECT_EQ(error_of([] { parse_shard_index("[", "i"); }),
            "i: expected a JSON object, found something else");
}

TEST_F(TokenShardsTest, RowsGoOverTheBoundsOfShards) {
  write_shards({{10, 11, 12, 13}, {14}, {15, 16, 17}});
  const TokenShards shards(folder());
  EXPECT_THAT(shards.ids(3, 4), ElementsAre(13, 14, 15, 16));
  EXPECT_THAT(shards.ids(4, 1), ElementsAre(14));
  EXPECT_EQ(shards.document_start(1, 0), 0u);
  ShardExamples rows(folder(), tokenizer_, 3);
  for (int epoch = 0; epoch < 2; ++epoch) {
    EXPECT_THAT(rows.next().value().ids, ElementsAre(10, 11, 12));
    EXPECT_THAT(rows.next().value().ids, ElementsAre(13, 14, 15));
    EXPECT_FALSE(rows.next()) << "what is left fills no row";
  }
}

TEST_F(TokenShardsTest, RowsCanBeGoneOnWithFromAnyPlace) {
  write_shards({{10, 11, 12, 13}, {14, 15}});
  ShardExamples rows(folder(), tokenizer_, 3), later(folder(), tokenizer_, 3);
  rows.next();
  later.seek(json::parse(rows.position().dump()));
  EXPECT_EQ(later.next(), rows.next());
  later.seek(rows.position());
  EXPECT_FALSE(later.next());
  json position = rows.position();
  position["row"] = 3;
  EXPECT_THAT(error_of([&] { later.seek(position); }), HasSubstr("row: expected at most 2"));
  position["data"] = "other";
  EXPECT_THAT(error_of([&] { later.seek(position); }), HasSubstr("expected one in 2 shards of 6"));
}

TEST_F(TokenShardsTest, AnotherTokenizerIsRefused) {
  write_shards({{10, 11, 12}});
  EXPECT_EQ(problem(), "nothing thrown");
  index_.tokenizer = "0";
  write_index();
  EXPECT_THAT(problem(), EndsWith("index.json: tokenizer: expected the tokenizer of the run (259 "
                                  "tokens), found shards made with another (259 tokens)"));
  index_.vocab_size = 300;
  write_index();
  EXPECT_THAT(problem(), HasSubstr("made with another (300 tokens)"));
}

TEST_F(TokenShardsTest, WhatDiffersFromTheIndexIsRefused) {
  write_shards({{10, 11, 12}, {13, 14}});
  write("shard-00001.npy", npy_header(NpyType::kUint32, 1) + "abcd");
  EXPECT_THAT(problem(),
              EndsWith("shard-00001.npy: expected 2 of uint16, as index.json says, found "
                       "1 of uint32"));
  write("shard-00001.npy", npy_header(NpyType::kUint16, 2) + "abc");
  EXPECT_THAT(problem(), EndsWith("expected 2 elements of 2 bytes, found 3 bytes"));
  std::filesystem::remove(folder() / "shard-00001.npy");
  EXPECT_THAT(problem(), HasSubstr("shard-00001.npy: cannot be opened"));
}

TEST_F(TokenShardsTest, AnIdOutsideTheVocabularyIsNamed) {
  write_shards({{10, 11, 12, 13}, {14, 300, 1}});
  ShardExamples rows(folder(), tokenizer_, 3);
  rows.next();
  EXPECT_THAT(error_of([&] { rows.next(); }),
              EndsWith("shard-00001.npy: element 1: expected an id below 259, found 300"));
  write("shard-00000.starts.npy", npy_header(NpyType::kInt64, 1) + std::string(8, '\xff'));
  EXPECT_THAT(error_of([&] { TokenShards(folder()).document_start(0, 0); }),
              EndsWith("shard-00000.starts.npy: element 0: expected a place below 4, found -1"));
}

TEST_F(TokenShardsTest, AnInterruptedConversionIsNoData) {
  write_shards({{10, 11, 12}});
  EXPECT_TRUE(is_shard_folder(folder()));
  std::filesystem::rename(folder() / kShardIndexName, folder() / kShardProgressName);
  EXPECT_TRUE(is_shard_folder(folder()));
  EXPECT_THAT(problem(), HasSubstr("is a conversion that was interrupted"));
  std::filesystem::remove(folder() / kShardProgressName);
  EXPECT_FALSE(is_shard_folder(folder()));
}

TEST_F(TokenShardsTest, TooFewIdsForARowAreRefused) {
  write_shards({{10, 11}});
  EXPECT_THAT(problem(), EndsWith("expected at least one row of 3 ids, found 2 ids"));
}

}  // namespace
}  // namespace tess2::data
