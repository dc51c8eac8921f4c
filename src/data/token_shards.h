// Documents as token ids on disk: `tess2 tokenize` writes them, training maps them into memory.
//
// A folder of shards holds, for each shard N,
//   shard-N.npy          the ids of its documents, `<s> document </s>`, one after another
//   shard-N.starts.npy   int64: where each document begins in it
// and index.json, which is written last: without it the folder is not complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/example_stream.h"
#include "data/npy.h"
#include "text/tokenizer.h"

namespace tess2::data {

inline constexpr const char* kShardIndexName = "index.json";
/// In a folder whose conversion is not at its end.
inline constexpr const char* kShardProgressName = "progress.json";

struct ShardEntry {
  std::uint64_t tokens = 0;
  std::uint64_t documents = 0;
};

/// What index.json says.
struct ShardIndex {
  NpyType type = NpyType::kUint16;  ///< of the ids
  std::int64_t vocab_size = 0;
  std::string tokenizer;  ///< tokenizer_mark of the tokenizer that made them
  std::vector<ShardEntry> shards;

  std::uint64_t tokens() const;
  std::uint64_t documents() const;
};

/// Reads the text of an index. Throws FormatError naming `file` and key.
ShardIndex parse_shard_index(std::string_view text, const std::filesystem::path& file);
std::string to_json_text(const ShardIndex& index);

/// The smallest type that holds the ids of a vocabulary.
NpyType id_type(std::int64_t vocab_size);

/// A mark of the first `vocab_size` tokens of a tokenizer and of those that begin and end a
/// document.
std::string tokenizer_mark(const text::Tokenizer& tokenizer, std::int64_t vocab_size);

std::filesystem::path shard_file(const std::filesystem::path& folder, std::size_t shard);
std::filesystem::path shard_starts_file(const std::filesystem::path& folder, std::size_t shard);

/// Whether `folder` holds shards, complete or not.
bool is_shard_folder(const std::filesystem::path& folder);

/// A complete folder of shards, mapped.
class TokenShards {
 public:
  /// Throws FileError, also for a conversion that has not come to its end, and FormatError where
  /// index and files differ.
  explicit TokenShards(const std::filesystem::path& folder);

  const ShardIndex& index() const { return index_; }
  const std::filesystem::path& folder() const { return folder_; }

  /// Throws FormatError unless the shards were made with this tokenizer. It may have more tokens:
  /// padding comes after the others.
  void check_tokenizer(const text::Tokenizer& tokenizer) const;

  /// The ids [count] from `first` on, counted over all shards; first + count <= tokens. Throws
  /// FormatError for an id outside the vocabulary.
  std::vector<text::TokenId> ids(std::uint64_t first, std::size_t count) const;

  /// Where document `d` of shard `shard` begins in it. Throws FormatError where that is outside.
  std::uint64_t document_start(std::size_t shard, std::uint64_t d) const;

 private:
  std::filesystem::path folder_;
  ShardIndex index_;
  std::vector<NpyArray> ids_;
  std::vector<NpyArray> starts_;
};

/// Rows of shards, an epoch being every row once: the same rows as the text that the shards were
/// made from.
class ShardExamples final : public ExampleStream {
 public:
  /// Rows of `length` ids. Throws as TokenShards, and FormatError where there is no row.
  ShardExamples(const std::filesystem::path& folder, const text::Tokenizer& tokenizer,
                std::size_t length);

  std::optional<Example> next() override;
  nlohmann::json position() const override;
  void seek(const nlohmann::json& position) override;

 private:
  std::string mark() const;

  TokenShards shards_;
  std::size_t length_;
  std::uint64_t rows_;
  std::uint64_t row_ = 0;
};

}  // namespace tess2::data
