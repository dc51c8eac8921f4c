// A task of the evaluation as its file (`tasks/*.yaml`) tells it: where its data lies and in which
// format, how a record is asked, and how an answer is judged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace tess2 {
class SettingsBinder;
}

namespace tess2::eval {

/// Formats of data files, as their authors published them (docs/evaluation.md).
enum class DataFormat {
  kGsm8k,
  kBbh,
  kIfeval,
  kSquad,
  kTriviaQa,
  kMmlu,
  kHumanEval,
  kAlpacaEval,
  kInstructions,  ///< what `tess2 synth` writes
};

/// How answers are extracted and judged (harness/metric.h).
enum class Metric {
  kGsm8k,
  kBbh,
  kIfeval,
  kSquad,
  kTriviaQa,
  kMmlu,
  kHumanEval,
  kAlpacaEval,
  kInstructions,
};

/// Where the few-shot examples come from.
enum class ShotSource {
  kNone,
  kRecords,        ///< records in the task's own format, written with the task's templates
  kChainOfThought  ///< a prompt file of BIG-Bench Hard: a line to warn, "-----", then text
};

/// Which of the records are the examples.
enum class ShotPick {
  kFirst,
  kSeeded,  ///< drawn with the run's seed, the same ones for every question
};

/// Paths are relative to the data root; a `*` in them stands for the name of a subtask.
struct Task {
  std::string name;
  std::filesystem::path file;  ///< for messages
  std::string yaml;            ///< text of the file

  struct Data {
    std::string file;
    DataFormat format = DataFormat::kInstructions;
  } data;

  struct Shots {
    ShotSource source = ShotSource::kNone;
    std::string file;
    std::int64_t count = 0;  ///< of records
    ShotPick pick = ShotPick::kFirst;
  } shots;

  /// The user's message is intro, shots and question, those that are not empty, with `between`
  /// between them. `{name}` stands for a field of the record.
  struct Prompt {
    std::string intro;
    std::string question;
    std::string answer;  ///< of a shot; follows its question
    std::string between = "\n\n";
    std::string reply;  ///< what the model's reply is given to begin with
  } prompt;

  Metric metric = Metric::kInstructions;
  std::int64_t length = 0;         ///< most positions, prompt and answer; 0: as the model's canvas
  std::int64_t answer_tokens = 0;  ///< places of the answer; 0: what `length` leaves free

  void bind(SettingsBinder& binder);
};

/// Reads the text of a task file; `name` is what the task is called. Throws as SettingsTable::parse
/// (an unknown field names file and line), and FormatError where something needed is missing.
Task parse_task(std::string_view yaml, const std::filesystem::path& file, std::string name);

/// Names of the tasks that the program brings along, in order.
std::vector<std::string> task_names();

/// The task of that name or, for a name that ends with `.yaml`, the one in that file. Throws
/// UsageError naming the nearest known one, and as parse_task.
Task find_task_file(const std::string& name);

/// `path` with each `*` replaced by `subtask`.
std::string with_subtask(std::string_view path, std::string_view subtask);

}  // namespace tess2::eval
