#include "eval/harness/items.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/error.h"
#include "eval/harness/item_formats.h"

namespace tess2::eval {
namespace {

namespace fs = std::filesystem;

using LineReader = Item (*)(const nlohmann::json& record, const data::LinePlace& place);
using DocumentReader = std::vector<Item> (*)(const JsonDocument& document);

std::vector<Item> read_lines(const fs::path& file, LineReader read) {
  std::vector<Item> items;
  data::for_each_json_line(file, [&](const nlohmann::json& record, const data::LinePlace& place) {
    items.push_back(read(record, place));
  });
  return items;
}

std::vector<Item> read_document(const fs::path& file, DocumentReader read) {
  auto items = read(JsonDocument(file));
  if (items.empty()) throw FormatError(file, "", "at least one record", "none");
  return items;
}

std::vector<Item> read_rows(const fs::path& file, const std::string& subtask) {
  std::vector<Item> items;
  for (const TableRow& row : read_table(file)) items.push_back(mmlu_item(row, subtask));
  return items;
}

std::vector<Item> read_format(DataFormat format, const fs::path& file, const std::string& subtask) {
  switch (format) {
    case DataFormat::kGsm8k:
      return read_lines(file, gsm8k_item);
    case DataFormat::kIfeval:
      return read_lines(file, ifeval_item);
    case DataFormat::kHumanEval:
      return read_lines(file, humaneval_item);
    case DataFormat::kInstructions:
      return read_lines(file, instruction_item);
    case DataFormat::kBbh:
      return read_document(file, bbh_items);
    case DataFormat::kSquad:
      return read_document(file, squad_items);
    case DataFormat::kTriviaQa:
      return read_document(file, triviaqa_items);
    case DataFormat::kAlpacaEval:
      return read_document(file, alpaca_eval_items);
    case DataFormat::kMmlu:
      return read_rows(file, subtask);
  }
  throw Error("a data format without a reader");
}

// What the `*` of `pattern` stands for in `name`; nothing where the two do not fit.
std::string star_of(const std::string& pattern, const std::string& name) {
  const std::size_t star = pattern.find('*');
  const std::string before = pattern.substr(0, star);
  const std::string after = pattern.substr(star + 1);
  if (name.size() <= before.size() + after.size()) return "";
  if (!name.starts_with(before) || !name.ends_with(after)) return "";
  return name.substr(before.size(), name.size() - before.size() - after.size());
}

// The subtasks of a path whose file name has a `*`; one without a name for any other path.
std::vector<std::string> subtasks_of(const fs::path& path) {
  const std::string pattern = path.filename();
  if (pattern.find('*') == std::string::npos) return {""};
  std::vector<std::string> subtasks;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(path.parent_path(), missing)) {
    const std::string subtask = star_of(pattern, entry.path().filename());
    if (!subtask.empty()) subtasks.push_back(subtask);
  }
  if (missing) throw FileError(path.parent_path(), "cannot be opened: " + missing.message());
  if (subtasks.empty()) throw FileError(path, "no file has such a name");
  std::ranges::sort(subtasks);
  return subtasks;
}

}  // namespace

std::vector<Item> read_items(DataFormat format, const fs::path& file, const std::string& subtask) {
  std::vector<Item> items = read_format(format, file, subtask);
  for (Item& item : items) {
    if (item.subtask.empty()) item.subtask = subtask;
  }
  return items;
}

std::vector<Item> read_task_items(const Task& task, const fs::path& root, std::int64_t limit) {
  const fs::path path = root / task.data.file;
  std::vector<Item> chosen;
  std::size_t index = 0;
  std::map<std::string, std::int64_t> taken;
  for (const std::string& subtask : subtasks_of(path)) {
    for (Item& item : read_items(task.data.format, with_subtask(path.string(), subtask), subtask)) {
      item.index = index++;
      if (limit > 0 && taken[item.subtask]++ >= limit) continue;
      chosen.push_back(std::move(item));
    }
  }
  return chosen;
}

}  // namespace tess2::eval
