#include "app/describe_data.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/progress.h"
#include "core/terminal.h"
#include "data/json_lines.h"
#include "data/pairs.h"
#include "data/token_shards.h"

namespace tess2::app {
namespace {

using nlohmann::json;

constexpr std::size_t kFirstIds = 20;      // ids of the first document that are shown
constexpr std::size_t kFirstRecord = 300;  // bytes of the first record that are shown

using Counts = std::map<std::string, std::int64_t>;

// The kind of a record, all of whose fields are checked; counts the task of an instruction.
std::string kind_of(const json& record, const data::LinePlace& place, Counts& tasks) {
  if (record.contains("chosen") || record.contains("rejected")) {
    data::parse_pair(record, place);
    return "pairs";
  }
  if (record.contains("messages")) {
    data::messages_field(record, "messages", place);
    if (!record.contains("task")) return "dialogues";
    data::string_field(record, "answer", place);
    ++tasks[data::string_field(record, "task", place)];
    return "instructions";
  }
  if (!record.contains("text")) {
    data::throw_line_error(place, "", "a record with `text`, `messages` or `chosen`", "none");
  }
  data::string_field(record, "text", place);
  return "documents";
}

std::string counts_text(const Counts& counts, const std::string& indent) {
  std::string text;
  for (const auto& [name, count] : counts) {
    text += indent + printable(name) + " " + format_count(count) + "\n";
  }
  return text;
}

}  // namespace

std::string describe_shards(const std::filesystem::path& folder) {
  const data::TokenShards shards(folder);
  const data::ShardIndex& index = shards.index();
  for (std::size_t shard = 0; shard < index.shards.size(); ++shard) {
    for (std::uint64_t d = 0; d < index.shards[shard].documents; ++d) {
      shards.document_start(shard, d);
    }
  }
  std::string first;
  const std::uint64_t shown = std::min<std::uint64_t>(index.tokens(), kFirstIds);
  for (const text::TokenId id : shards.ids(0, static_cast<std::size_t>(shown))) {
    first += ' ';
    first += std::to_string(id);
  }
  return "token shards: " + folder.string() + "\nshards " + format_count(std::ssize(index.shards)) +
         "\ndocuments " + format_count(static_cast<std::int64_t>(index.documents())) + "\ntokens " +
         format_count(static_cast<std::int64_t>(index.tokens())) + " (" +
         std::string(data::name_of(index.type)) + ", vocabulary " + format_count(index.vocab_size) +
         ")\nfirst:" + first + "\n";
}

std::string describe_data(const std::filesystem::path& file) {
  Counts kinds;
  Counts tasks;
  std::string first;
  data::for_each_json_line(file, [&](const json& record, const data::LinePlace& place) {
    ++kinds[kind_of(record, place, tasks)];
    if (first.empty()) first = record.dump(-1, ' ', false, json::error_handler_t::replace);
  });
  return "data: " + file.string() + "\n" + counts_text(kinds, "") +
         (tasks.empty() ? "" : "tasks:\n") + counts_text(tasks, "  ") +
         "first: " + printable(first, kFirstRecord) + "\n";
}

}  // namespace tess2::app
