#include "eval/harness/record_folder.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/error.h"
#include "core/setting.h"
#include "core/terminal.h"

namespace tess2::eval {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kInfoName = "run.json";

Json to_json(const TaskRunInfo& info) {
  return {{"task", info.task},
          {"records", info.records},
          {"limit", info.limit},
          {"seed", info.seed},
          {"model", info.model},
          {"settings", info.settings},
          {"settings_yaml", info.settings_yaml},
          {"task_yaml", info.task_yaml}};
}

std::string shown(const Json& value) {
  return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace), 60);
}

template <class Value>
void take(const Json& json, const char* key, Value& value, const fs::path& file) {
  const auto found = json.find(key);
  if (found == json.end()) throw FormatError(file, key, "a value", "nothing");
  const bool wants_text = std::is_same_v<Value, std::string>;
  const bool fits = wants_text ? found->is_string() : found->is_number_integer();
  if (!fits) throw FormatError(file, key, wants_text ? "text" : "an integer", shown(*found));
  value = found->template get<Value>();
}

// Where the model lies may change, and so may how the settings are written.
void check_same(const TaskRunInfo& ours, const TaskRunInfo& theirs, const fs::path& file) {
  const Json expected = to_json(ours);
  const Json found = to_json(theirs);
  for (const char* key : {"task", "task_yaml", "seed", "limit", "records", "settings"}) {
    if (expected[key] == found[key]) continue;
    throw FormatError(file, key,
                      shown(expected[key]) + " of this run (another --output begins anew)",
                      shown(found[key]));
  }
}

std::vector<fs::path> record_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("records-") && name.ends_with(".jsonl")) files.push_back(entry.path());
  }
  if (missing) throw FileError(folder, "cannot be opened: " + missing.message());
  std::ranges::sort(files);
  return files;
}

fs::path shard_file(const fs::path& folder, const Shard& shard) {
  return folder / ("records-" + std::to_string(shard.number) + "-of-" +
                   std::to_string(shard.count) + ".jsonl");
}

// Calls `use` with each whole line and its number. Returns the bytes of the whole lines.
template <class Use>
std::size_t for_each_whole_line(const fs::path& file, const Use& use) {
  const std::string text = read_text_file(file);
  std::size_t begin = 0;
  std::size_t number = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    use(std::string_view(text).substr(begin, end - begin), data::LinePlace{file, ++number});
  }
  return begin;
}

TaskRecord checked_record(std::string_view line, const data::LinePlace& place,
                          const TaskRunInfo& info) {
  TaskRecord record = read_record(data::parse_json_line(line, place), place);
  if (record.settings == info.settings) return record;
  data::throw_line_error(place, "settings", info.settings + " of this run", record.settings);
}

}  // namespace

Shard parse_shard(std::string_view text, std::string_view option) {
  const std::size_t slash = text.find('/');
  const auto number = [&](std::string_view part) {
    return setting_codec<std::int64_t>().parse(std::string(part)).value_or(0);
  };
  if (slash != std::string_view::npos) {
    const Shard shard{number(text.substr(0, slash)), number(text.substr(slash + 1))};
    if (shard.number >= 1 && shard.number <= shard.count) return shard;
  }
  throw UsageError(std::string(option) + ": expected I/N with I from 1 to N, found " +
                   printable(text, 60));
}

void keep_run_info(const TaskRunInfo& info, const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw FileError(folder, "cannot be made: " + failed.message());
  const fs::path file = folder / kInfoName;
  if (fs::exists(file)) return check_same(info, read_run_info(folder), file);
  write_file_atomically(file, [&](std::ostream& out) { out << to_json(info).dump(2) << "\n"; });
}

TaskRunInfo read_run_info(const fs::path& folder) {
  const fs::path file = folder / kInfoName;
  const Json json = Json::parse(read_text_file(file), nullptr, false);
  if (!json.is_object()) throw FormatError(file, "", "a JSON object", "something else");
  TaskRunInfo info;
  take(json, "task", info.task, file);
  take(json, "records", info.records, file);
  take(json, "limit", info.limit, file);
  take(json, "seed", info.seed, file);
  take(json, "model", info.model, file);
  take(json, "settings", info.settings, file);
  take(json, "settings_yaml", info.settings_yaml, file);
  take(json, "task_yaml", info.task_yaml, file);
  return info;
}

Records read_records(const fs::path& folder, const TaskRunInfo& info) {
  Records records;
  for (const fs::path& file : record_files(folder)) {
    for_each_whole_line(file, [&](std::string_view line, const data::LinePlace& place) {
      TaskRecord record = checked_record(line, place, info);
      const std::size_t index = record.index;
      records.emplace(index, std::move(record));
    });
  }
  return records;
}

RecordFile::RecordFile(const fs::path& folder, const Shard& shard, std::string task)
    : task_(std::move(task)), file_(shard_file(folder, shard)) {
  const auto ignore = [](std::string_view, const data::LinePlace&) {};
  file_.cut(for_each_whole_line(shard_file(folder, shard), ignore));
}

void RecordFile::append(const std::vector<TaskRecord>& records) {
  std::string lines;
  for (const TaskRecord& record : records) lines += record_line(record, task_);
  file_.append(lines);
}

}  // namespace tess2::eval
