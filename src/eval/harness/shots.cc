#include "eval/harness/shots.h"

#include "core/error.h"
#include "core/file.h"
#include "core/random.h"
#include "eval/harness/items.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

constexpr std::string_view kShotMark = "\n\nQ: ";

// What follows the line of dashes, taken apart before each question.
ShotTexts read_chain_of_thought(const std::filesystem::path& file) {
  constexpr std::string_view kDashes = "-----\n";
  const std::string text = read_text_file(file);
  const std::size_t dashes = text.find(kDashes);
  if (dashes == std::string::npos) throw FormatError(file, "", "a line of five dashes", "none");
  std::string_view rest = text::strip(std::string_view(text).substr(dashes + kDashes.size()));
  ShotTexts texts;
  std::size_t end = rest.find(kShotMark);
  texts.intro = rest.substr(0, end);
  while (end != std::string_view::npos) {
    rest.remove_prefix(end + 2);
    end = rest.find(kShotMark);
    texts.shots.emplace_back(text::strip(rest.substr(0, end)));
  }
  if (texts.shots.empty()) throw FormatError(file, "", "an example that begins with `Q: `", "none");
  return texts;
}

// `count` of the records, in an order of their own where they are drawn.
std::vector<Item> pick(std::vector<Item> items, const Task::Shots& shots, std::uint64_t seed) {
  if (shots.pick == ShotPick::kSeeded) Rng(seed, Stream::kShuffle).shuffle(items);
  items.resize(static_cast<std::size_t>(shots.count));
  return items;
}

ShotTexts write_records(const Task& task, const std::filesystem::path& file,
                        const std::string& subtask, std::uint64_t seed) {
  std::vector<Item> items = read_items(task.data.format, file, subtask);
  if (std::ssize(items) < task.shots.count) {
    throw FormatError(file, "", std::to_string(task.shots.count) + " records for examples",
                      std::to_string(items.size()));
  }
  ShotTexts texts;
  for (const Item& item : pick(std::move(items), task.shots, seed)) {
    texts.shots.push_back(
        fill_template(task.prompt.question, item.fields, {task.file, "prompt.question"}) +
        fill_template(task.prompt.answer, item.fields, {task.file, "prompt.answer"}));
  }
  return texts;
}

}  // namespace

const ShotTexts& Shots::of(const std::string& subtask) {
  const auto found = read_.find(subtask);
  if (found != read_.end()) return found->second;
  return read_.emplace(subtask, read(subtask)).first->second;
}

ShotTexts Shots::read(const std::string& subtask) const {
  const auto file = root_ / with_subtask(task_.shots.file, subtask);
  switch (task_.shots.source) {
    case ShotSource::kNone:
      return {};
    case ShotSource::kRecords:
      return write_records(task_, file, subtask, seed_);
    case ShotSource::kChainOfThought:
      return read_chain_of_thought(file);
  }
  throw Error("a source of examples without a reader");
}

}  // namespace tess2::eval
