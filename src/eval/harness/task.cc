#include "eval/harness/task.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/nearest.h"
#include "core/settings.h"
#include "eval/harness/task_files.h"

namespace tess2::eval {
namespace {

constexpr std::array<std::pair<std::string_view, DataFormat>, 9> kFormats{{
    {"gsm8k", DataFormat::kGsm8k},
    {"bbh", DataFormat::kBbh},
    {"ifeval", DataFormat::kIfeval},
    {"squad", DataFormat::kSquad},
    {"triviaqa", DataFormat::kTriviaQa},
    {"mmlu", DataFormat::kMmlu},
    {"humaneval", DataFormat::kHumanEval},
    {"alpaca_eval", DataFormat::kAlpacaEval},
    {"instructions", DataFormat::kInstructions},
}};

constexpr std::array<std::pair<std::string_view, Metric>, 9> kMetrics{{
    {"gsm8k", Metric::kGsm8k},
    {"bbh", Metric::kBbh},
    {"ifeval", Metric::kIfeval},
    {"squad", Metric::kSquad},
    {"triviaqa", Metric::kTriviaQa},
    {"mmlu", Metric::kMmlu},
    {"humaneval", Metric::kHumanEval},
    {"alpaca_eval", Metric::kAlpacaEval},
    {"instructions", Metric::kInstructions},
}};

constexpr std::array<std::pair<std::string_view, ShotSource>, 3> kSources{{
    {"none", ShotSource::kNone},
    {"records", ShotSource::kRecords},
    {"chain_of_thought", ShotSource::kChainOfThought},
}};

constexpr std::array<std::pair<std::string_view, ShotPick>, 2> kPicks{{
    {"first", ShotPick::kFirst},
    {"seeded", ShotPick::kSeeded},
}};

struct DataFields {
  Task::Data& data;
  void bind(SettingsBinder& b) {
    b.field("file", data.file, "path below the data root");
    b.field("format", data.format, "format of the file", kFormats);
  }
};

struct ShotFields {
  Task::Shots& shots;
  void bind(SettingsBinder& b) {
    b.field("source", shots.source, "what the file holds", kSources);
    b.field("file", shots.file, "path below the data root");
    b.field("count", shots.count, "examples").at_least(0).at_most(100);
    b.field("pick", shots.pick, "which records", kPicks);
  }
};

struct PromptFields {
  Task::Prompt& prompt;
  void bind(SettingsBinder& b) {
    b.field("intro", prompt.intro, "text before everything else");
    b.field("question", prompt.question, "a record's question");
    b.field("answer", prompt.answer, "an example's answer, after its question");
    b.field("between", prompt.between, "what parts are separated with");
    b.field("reply", prompt.reply, "beginning of the reply, given to the model");
  }
};

void need(const Task& task, bool given, const std::string& key, const std::string& expected) {
  if (!given) throw FormatError(task.file, key, expected, "nothing");
}

void check(const Task& task) {
  need(task, !task.data.file.empty(), "data.file", "a path");
  need(task, !task.prompt.question.empty(), "prompt.question", "text");
  if (task.shots.source == ShotSource::kNone) return;
  need(task, !task.shots.file.empty(), "shots.file", "a path");
  if (task.shots.source != ShotSource::kRecords) return;
  need(task, task.shots.count > 0, "shots.count", "at least 1");
  need(task, !task.prompt.answer.empty(), "prompt.answer", "text");
}

}  // namespace

void Task::bind(SettingsBinder& binder) {
  DataFields data_fields{data};
  binder.group("data", data_fields, "what is asked");
  ShotFields shot_fields{shots};
  binder.group("shots", shot_fields, "few-shot examples");
  PromptFields prompt_fields{prompt};
  binder.group("prompt", prompt_fields, "how it is asked");
  binder.field("metric", metric, "how answers are extracted and judged", kMetrics).required();
  binder.field("length", length, "most positions of prompt and answer (0: as the model's canvas)")
      .at_least(0);
  binder.field("answer_tokens", answer_tokens, "places of an answer (0: what `length` leaves free)")
      .at_least(0);
}

Task parse_task(std::string_view yaml, const std::filesystem::path& file, std::string name) {
  Task task;
  SettingsTable table(task);
  table.parse(yaml, file);
  task.name = std::move(name);
  task.file = file;
  task.yaml = yaml;
  try {
    table.check_complete();
  } catch (const UsageError&) {
    need(task, false, "metric", "the name of a metric");
  }
  check(task);
  return task;
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const TaskFile& file : task_files()) names.emplace_back(file.name);
  return names;
}

Task find_task_file(const std::string& name) {
  const std::filesystem::path path(name);
  if (path.extension() == ".yaml") return parse_task(read_text_file(path), path, path.stem());
  for (const TaskFile& file : task_files()) {
    if (file.name == name) return parse_task(file.yaml, "tasks/" + name + ".yaml", name);
  }
  throw UsageError("--task: unknown task '" + name + "'" + nearest_hint(name, task_names()));
}

std::string with_subtask(std::string_view path, std::string_view subtask) {
  std::string out;
  for (const char c : path) {
    if (c == '*') {
      out += subtask;
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace tess2::eval
