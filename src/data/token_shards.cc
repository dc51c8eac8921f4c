#include "data/token_shards.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/fingerprint.h"

namespace tess2::data {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr const char* kFormat = "tess2 token shards 1";

fs::path numbered(const fs::path& folder, std::size_t shard, const char* end) {
  std::array<char, 32> number{};
  std::snprintf(number.data(), number.size(), "shard-%05zu", shard);
  return folder / (std::string(number.data()) + end);
}

const json& member(const json& object, const char* key, const fs::path& file) {
  const auto found = object.find(key);
  if (found == object.end()) throw FormatError(file, key, "a value", "nothing");
  return *found;
}

std::uint64_t count_member(const json& object, const char* key, const fs::path& file) {
  const json& value = member(object, key, file);
  if (!value.is_number_unsigned()) throw FormatError(file, key, "a count", value.type_name());
  return value.get<std::uint64_t>();
}

std::string text_member(const json& object, const char* key, const fs::path& file) {
  const json& value = member(object, key, file);
  if (!value.is_string()) throw FormatError(file, key, "a text", value.type_name());
  return value.get<std::string>();
}

json parse_object(std::string_view text, const fs::path& file) {
  json parsed = json::parse(text, nullptr, false);
  if (parsed.is_object()) return parsed;
  throw FormatError(file, "", "a JSON object", "something else");
}

std::vector<ShardEntry> parse_shards(const json& list, const fs::path& file) {
  if (!list.is_array()) throw FormatError(file, "shards", "a list", list.type_name());
  std::vector<ShardEntry> shards;
  for (const json& shard : list) {
    if (!shard.is_object()) throw FormatError(file, "shards", "objects", shard.type_name());
    shards.push_back({count_member(shard, "tokens", file), count_member(shard, "documents", file)});
  }
  return shards;
}

ShardIndex read_index(const fs::path& folder) {
  const fs::path file = folder / kShardIndexName;
  if (!fs::exists(file) && fs::exists(folder / kShardProgressName)) {
    throw FileError(folder,
                    "is a conversion that was interrupted: run the same tess2 tokenize "
                    "again to finish it");
  }
  return parse_shard_index(read_text_file(file), file);
}

void check_array(const NpyArray& array, NpyType type, std::uint64_t count, const fs::path& file) {
  if (array.type() == type && array.size() == count) return;
  const auto words = [](std::uint64_t size, NpyType of) {
    return std::to_string(size) + " of " + std::string(name_of(of));
  };
  throw FormatError(file, "", words(count, type) + ", as index.json says",
                    words(array.size(), array.type()));
}

template <class Of>
std::uint64_t sum(const std::vector<ShardEntry>& shards, Of of) {
  std::uint64_t total = 0;
  for (const ShardEntry& shard : shards) total += of(shard);
  return total;
}

}  // namespace

std::uint64_t ShardIndex::tokens() const {
  return sum(shards, [](const ShardEntry& shard) { return shard.tokens; });
}

std::uint64_t ShardIndex::documents() const {
  return sum(shards, [](const ShardEntry& shard) { return shard.documents; });
}

ShardIndex parse_shard_index(std::string_view text, const fs::path& file) {
  const json object = parse_object(text, file);
  const std::string format = text_member(object, "format", file);
  if (format != kFormat) throw FormatError(file, "format", kFormat, format);
  ShardIndex index;
  const std::uint64_t vocab_size = count_member(object, "vocab_size", file);
  if (vocab_size == 0 || vocab_size > (std::uint64_t{1} << 31)) {
    throw FormatError(file, "vocab_size", "1 to 2^31", std::to_string(vocab_size));
  }
  index.vocab_size = static_cast<std::int64_t>(vocab_size);
  index.type = id_type(index.vocab_size);
  const std::string type = text_member(object, "dtype", file);
  if (type != name_of(index.type)) {
    throw FormatError(file, "dtype", std::string(name_of(index.type)), type);
  }
  index.tokenizer = text_member(object, "tokenizer", file);
  index.shards = parse_shards(member(object, "shards", file), file);
  return index;
}

std::string to_json_text(const ShardIndex& index) {
  json shards = json::array();
  for (std::size_t i = 0; i < index.shards.size(); ++i) {
    shards.push_back({{"ids", shard_file("", i).string()},
                      {"starts", shard_starts_file("", i).string()},
                      {"tokens", index.shards[i].tokens},
                      {"documents", index.shards[i].documents}});
  }
  const json object{{"format", kFormat},
                    {"dtype", name_of(index.type)},
                    {"vocab_size", index.vocab_size},
                    {"tokenizer", index.tokenizer},
                    {"tokens", index.tokens()},
                    {"documents", index.documents()},
                    {"shards", std::move(shards)}};
  return object.dump(2) + "\n";
}

NpyType id_type(std::int64_t vocab_size) {
  return vocab_size <= (1 << 16) ? NpyType::kUint16 : NpyType::kUint32;
}

std::string tokenizer_mark(const text::Tokenizer& tokenizer, std::int64_t vocab_size) {
  Fingerprint mark;
  mark.add(std::to_string(tokenizer.bos()));
  mark.add(std::to_string(tokenizer.eos()));
  for (std::int64_t id = 0; id < vocab_size; ++id) {
    mark.add(tokenizer.decode(std::array{static_cast<text::TokenId>(id)}));
  }
  return mark.text();
}

fs::path shard_file(const fs::path& folder, std::size_t shard) {
  return numbered(folder, shard, ".npy");
}

fs::path shard_starts_file(const fs::path& folder, std::size_t shard) {
  return numbered(folder, shard, ".starts.npy");
}

bool is_shard_folder(const fs::path& folder) {
  if (fs::exists(folder / kShardProgressName)) return true;
  return fs::exists(folder / kShardIndexName) && fs::exists(shard_file(folder, 0));
}

TokenShards::TokenShards(const fs::path& folder) : folder_(folder), index_(read_index(folder)) {
  for (std::size_t i = 0; i < index_.shards.size(); ++i) {
    const ShardEntry& entry = index_.shards[i];
    ids_.emplace_back(shard_file(folder, i));
    check_array(ids_.back(), index_.type, entry.tokens, shard_file(folder, i));
    starts_.emplace_back(shard_starts_file(folder, i));
    check_array(starts_.back(), NpyType::kInt64, entry.documents, shard_starts_file(folder, i));
  }
}

void TokenShards::check_tokenizer(const text::Tokenizer& tokenizer) const {
  if (tokenizer.vocab_size() >= index_.vocab_size &&
      tokenizer_mark(tokenizer, index_.vocab_size) == index_.tokenizer) {
    return;
  }
  throw FormatError(
      folder_ / kShardIndexName, "tokenizer",
      "the tokenizer of the run (" + std::to_string(tokenizer.vocab_size()) + " tokens)",
      "shards made with another (" + std::to_string(index_.vocab_size) + " tokens)");
}

std::vector<text::TokenId> TokenShards::ids(std::uint64_t first, std::size_t count) const {
  std::vector<text::TokenId> result;
  result.reserve(count);
  for (std::size_t shard = 0; shard < ids_.size() && result.size() < count; ++shard) {
    const std::uint64_t size = index_.shards[shard].tokens;
    for (; first < size && result.size() < count; ++first) {
      const std::int64_t id = ids_[shard][first];
      if (id >= index_.vocab_size) {
        throw FormatError(shard_file(folder_, shard), "element " + std::to_string(first),
                          "an id below " + std::to_string(index_.vocab_size), std::to_string(id));
      }
      result.push_back(static_cast<text::TokenId>(id));
    }
    first -= size;
  }
  return result;
}

std::uint64_t TokenShards::document_start(std::size_t shard, std::uint64_t d) const {
  const std::int64_t start = starts_[shard][d];
  if (start >= 0 && static_cast<std::uint64_t>(start) < index_.shards[shard].tokens) {
    return static_cast<std::uint64_t>(start);
  }
  throw FormatError(shard_starts_file(folder_, shard), "element " + std::to_string(d),
                    "a place below " + std::to_string(index_.shards[shard].tokens),
                    std::to_string(start));
}

ShardExamples::ShardExamples(const fs::path& folder, const text::Tokenizer& tokenizer,
                             std::size_t length)
    : shards_(folder), length_(length), rows_(shards_.index().tokens() / length) {
  shards_.check_tokenizer(tokenizer);
  if (rows_ == 0) {
    throw FormatError(folder, "", "at least one row of " + std::to_string(length) + " ids",
                      std::to_string(shards_.index().tokens()) + " ids");
  }
}

std::optional<Example> ShardExamples::next() {
  if (row_ == rows_) {
    row_ = 0;
    return std::nullopt;
  }
  return Example{shards_.ids(row_++ * length_, length_), 0};
}

json ShardExamples::position() const {
  return {{"data", mark()}, {"row", row_}};
}

void ShardExamples::seek(const json& position) {
  check_same_data(position, mark());
  const std::uint64_t row = position_field(position, "row");
  if (row > rows_) {
    throw Error("position in the data: row: expected at most " + std::to_string(rows_) +
                ", found " + std::to_string(row));
  }
  row_ = row;
}

std::string ShardExamples::mark() const {
  const ShardIndex& index = shards_.index();
  return std::to_string(index.shards.size()) + " shards of " + std::to_string(index.tokens()) +
         " tokens " + index.tokenizer;
}

}  // namespace tess2::data
