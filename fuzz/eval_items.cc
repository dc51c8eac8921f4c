// Data files of the evaluation's tasks in every format, task files, and kept records.
#include <array>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "eval/harness/items.h"
#include "eval/harness/metric.h"
#include "eval/harness/record.h"
#include "eval/harness/task.h"
#include "fuzz.h"

using namespace tess2;

namespace {

constexpr std::array kFormats{
    eval::DataFormat::kGsm8k,     eval::DataFormat::kBbh,        eval::DataFormat::kIfeval,
    eval::DataFormat::kSquad,     eval::DataFormat::kTriviaQa,   eval::DataFormat::kMmlu,
    eval::DataFormat::kHumanEval, eval::DataFormat::kAlpacaEval, eval::DataFormat::kInstructions,
};

const std::filesystem::path& scratch_file() {
  static const std::filesystem::path file = fuzz::scratch_folder() / "data";
  return file;
}

void read_as(eval::DataFormat format) {
  fuzz::allow_errors([&] {
    for (const eval::Item& item : eval::read_items(format, scratch_file(), "s")) {
      fuzz::require(item.gold.is_object(), "a record that was read has its gold");
      fuzz::require(item.place.number >= 1, "a record that was read has its line");
    }
  });
}

void read_as_record(std::string_view text) {
  fuzz::allow_errors([&] {
    const data::LinePlace place{"r", 1};
    const eval::TaskRecord record = eval::read_record(data::parse_json_line(text, place), place);
    const std::string line = eval::record_line(record, "t");
    const auto again = eval::read_record(data::parse_json_line(line, place), place);
    fuzz::require(eval::record_line(again, "t") == line, "a record is read as it was written");
  });
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {
      R"({"question": "q", "answer": "1+1=<<1+1=2>>2\n#### 2"})",
      R"({"examples": [{"input": "a", "target": "b"}]})",
      R"({"data": [{"title": "t", "paragraphs": [{"context": "c", "qas": [{"id": "i",)"
      R"("question": "q", "answers": [{"text": "a"}]}]}]}]})",
      R"({"Data": [{"Question": "q", "QuestionId": "i", "Answer": {"Value": "a", "Aliases": ["b"]}}]})",
      "q,1,2,3,4,A\n\"a \"\"b\"\",\n\",1,2,3,4,D\n",
      R"([{"instruction": "i", "output": "o", "dataset": "d"}])",
      R"({"messages": [{"role": "user", "content": "c"}], "task": "copy", "answer": "c"})",
      R"({"task_id": "t", "prompt": "p", "entry_point": "e", "canonical_solution": "c", "test": "t"})",
      "data:\n  file: a/*.csv\n  format: mmlu\nprompt:\n  question: \"{question}\"\nmetric: mmlu\n",
      R"({"subtask": "", "index": 0, "prompt": "p", "shots": 0, "gold": {}, "seed": 1,)"
      R"("settings": "", "asked": true, "output": "o", "steps": 1, "seconds": 0.5,)"
      R"("extracted": "e", "verdict": [{"measure": "m", "value": 1, "weight": 2}]})",
  };
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  std::ofstream(scratch_file(), std::ios::binary) << text;
  for (const eval::DataFormat format : kFormats) read_as(format);
  fuzz::allow_errors([&] { eval::parse_task(text, "t.yaml", "t"); });
  read_as_record(text);
  return 0;
}
