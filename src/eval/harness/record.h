// What is kept of an answered record: enough to derive every score again.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "data/json_lines.h"
#include "eval/harness/metric.h"

namespace tess2::eval {

struct TaskRecord {
  std::string subtask;
  std::size_t index = 0;  ///< Item::index
  std::string prompt;     ///< the whole text, special tokens written out
  std::int64_t shots = 0;
  nlohmann::json gold;
  std::uint64_t seed = 0;
  std::string settings;  ///< short name of everything else that the answer depends on
  bool asked = true;     ///< false where the prompt left no place for an answer
  std::string output;
  std::int64_t steps = 0;
  double seconds = 0.0;
  std::optional<double> reward;  ///< of prompt and output, where a reward model was given
  std::optional<Verdict> verdict;
  data::LinePlace place = {};  ///< where it was read from; not written
};

/// One JSON object and a newline. Bytes that are not UTF-8 become U+FFFD.
std::string record_line(const TaskRecord& record, const std::string& task);

/// The record that a line holds. Throws FormatError naming file, line and key where anything is
/// missing or of another type.
TaskRecord read_record(const nlohmann::json& json, const data::LinePlace& place);

}  // namespace tess2::eval
