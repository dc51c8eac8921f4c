#include "data/tokenize.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/settings.h"
#include "data/documents.h"
#include "data/encoded_records.h"

namespace tess2::data {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

template <class T>
void write_element(std::ostream& out, std::int64_t value) {
  const auto element = static_cast<T>(value);
  out.write(reinterpret_cast<const char*>(&element), sizeof element);
}

/// An array that grows until it is committed.
class NpyWriter {
 public:
  NpyWriter(const fs::path& file, NpyType type) : file_(file), type_(type) {
    file_.stream() << npy_header(type, 0);
  }

  void add(std::int64_t value) {
    ++count_;
    switch (type_) {
      case NpyType::kUint16:
        return write_element<std::uint16_t>(file_.stream(), value);
      case NpyType::kUint32:
        return write_element<std::uint32_t>(file_.stream(), value);
      case NpyType::kInt64:
        return write_element<std::int64_t>(file_.stream(), value);
    }
  }
  std::uint64_t count() const { return count_; }

  void commit() {
    file_.stream().seekp(0);
    file_.stream() << npy_header(type_, count_);
    file_.commit();
  }

 private:
  AtomicFile file_;
  NpyType type_;
  std::uint64_t count_ = 0;
};

/// The two arrays of a shard.
class ShardWriter {
 public:
  ShardWriter(const fs::path& folder, std::size_t shard, NpyType type)
      : ids_(shard_file(folder, shard), type),
        starts_(shard_starts_file(folder, shard), NpyType::kInt64) {}

  void add(const PlacedRecord& record) {
    if (record.begins) starts_.add(static_cast<std::int64_t>(ids_.count()));
    for (const text::TokenId id : record.encoded.examples.front().ids) ids_.add(id);
  }
  std::uint64_t tokens() const { return ids_.count(); }

  ShardEntry commit() {
    ids_.commit();
    starts_.commit();
    return {ids_.count(), starts_.count()};
  }

 private:
  NpyWriter ids_;
  NpyWriter starts_;
};

/// What a folder must have begun with for a conversion to go on in it.
std::string conversion_mark(const std::vector<fs::path>& files, const TokenizeSettings& settings) {
  return files_mark(files) + " in shards of " + std::to_string(settings.shard_tokens);
}

/// The shards that are written, and where reading goes on.
struct Conversion {
  std::string mark;
  ShardIndex index;
  RecordPlace next;
};

void write_text(const fs::path& file, const std::string& text) {
  write_file_atomically(file, [&](std::ostream& out) { out << text; });
}

void keep(const Conversion& conversion, const fs::path& folder) {
  const json kept{{"mark", conversion.mark},
                  {"index", to_json_text(conversion.index)},
                  {"file", conversion.next.file},
                  {"offset", conversion.next.offset},
                  {"lines", conversion.next.lines}};
  write_text(folder / kShardProgressName, kept.dump(2) + "\n");
}

/// Goes on with what `folder` holds, where that is the same conversion.
void pick_up(Conversion& conversion, const fs::path& folder) {
  const fs::path file = folder / kShardProgressName;
  const json kept = json::parse(read_text_file(file), nullptr, false);
  if (!kept.is_object() || !kept.contains("index") || !kept["index"].is_string()) {
    throw FormatError(file, "", "a kept conversion", "something else");
  }
  const ShardIndex index = parse_shard_index(kept["index"].get<std::string>(), file);
  if (kept.value("mark", "") != conversion.mark || index.tokenizer != conversion.index.tokenizer) {
    throw UsageError(folder.string() +
                     ": expected an interrupted conversion of the same files, "
                     "tokenizer and shard_tokens, found another (remove the folder to begin anew)");
  }
  conversion.index = index;
  conversion.next = {position_field(kept, "file"), position_field(kept, "offset"),
                     position_field(kept, "lines")};
}

void prepare(Conversion& conversion, const fs::path& folder) {
  if (fs::exists(folder / kShardIndexName)) {
    throw FileError(folder, "holds a complete conversion already");
  }
  if (fs::exists(folder / kShardProgressName)) return pick_up(conversion, folder);
  if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder))) {
    throw FileError(folder,
                    "expected a free name or an interrupted conversion, found something else");
  }
  fs::create_directories(folder);
  keep(conversion, folder);
}

/// Throws away what a process that was killed has left beside its shards.
void remove_unfinished(const Conversion& conversion, const fs::path& folder) {
  const std::size_t shard = conversion.index.shards.size();
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool is_next = name.starts_with(shard_file("", shard).stem().string() + ".");
    if (is_next || name.starts_with('.')) fs::remove(entry.path());
  }
}

void write_shards(Conversion& conversion, EncodedRecords& records, const fs::path& folder,
                  std::int64_t shard_tokens,
                  const std::function<void(const TokenizeProgress&)>& tell) {
  std::optional<ShardWriter> shard;
  TokenizeProgress progress{records.stored_bytes(), 0, 0};
  const auto finish_shard = [&] {
    conversion.index.shards.push_back(shard->commit());
    shard.reset();
    keep(conversion, folder);
  };
  if (tell) tell(progress);
  while (auto record = records.next()) {
    if (!shard) shard.emplace(folder, conversion.index.shards.size(), conversion.index.type);
    shard->add(*record);
    conversion.next = record->after;
    progress.stored_bytes_read = record->stored_bytes_read;
    progress.tokens += record->encoded.examples.front().ids.size();
    if (tell) tell(progress);
    if (record->ends && shard->tokens() >= static_cast<std::uint64_t>(shard_tokens)) finish_shard();
  }
  if (shard) finish_shard();
}

}  // namespace

void TokenizeSettings::bind(SettingsBinder& binder) {
  binder.field("shard_tokens", shard_tokens, "ids after which a shard ends").at_least(1);
  reading.bind(binder);
}

ShardIndex write_token_shards(const std::vector<std::string>& inputs,
                              const text::Tokenizer& tokenizer, const TokenizeSettings& settings,
                              const Reading& reading, const fs::path& folder,
                              const std::function<void(const TokenizeProgress&)>& tell) {
  const auto files = find_inputs(inputs);
  const std::int64_t vocab_size = tokenizer.vocab_size();
  Conversion conversion{
      conversion_mark(files, settings),
      {id_type(vocab_size), vocab_size, tokenizer_mark(tokenizer, vocab_size), {}},
      {}};
  prepare(conversion, folder);
  remove_unfinished(conversion, folder);
  EncodedRecords records(files, std::make_shared<DocumentEncoder>(tokenizer, 1), reading);
  records.seek(conversion.next);
  write_shards(conversion, records, folder, settings.shard_tokens, tell);
  if (conversion.index.shards.empty()) {
    throw FormatError(files.front(), "", "a document", "none");
  }
  write_text(folder / kShardIndexName, to_json_text(conversion.index));
  fs::remove(folder / kShardProgressName);
  return conversion.index;
}

}  // namespace tess2::data
