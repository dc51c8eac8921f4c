// From an answer to its verdict: what is taken out of it, and how right that is.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/json_lines.h"
#include "eval/harness/task.h"

namespace tess2::eval {

/// One number of a verdict: `value` points out of `weight`.
struct Measure {
  std::string name;
  double value = 0.0;
  double weight = 1.0;

  friend bool operator==(const Measure&, const Measure&) = default;
};

struct Verdict {
  std::string extracted;          ///< the answer that was found in the output
  std::vector<Measure> measures;  ///< the same names for every record of a metric; the main first

  friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// Runs a program and tells whether it ran to its end; empty where programs may not be run.
using RunProgram = std::function<bool(const std::string& program)>;

/// Judges `output` by `gold` (Item::gold). Nothing where that takes what is not allowed or not
/// there: HumanEval without `run`, AlpacaEval always (judgements.h). Throws FormatError, naming
/// `gold`'s `place`, where it is not what the metric needs.
std::optional<Verdict> judge_output(Metric metric, const nlohmann::json& gold,
                                    const std::string& output, const RunProgram& run,
                                    const data::LinePlace& place);

/// The program that tests the completion `output` of HumanEval's record `gold`: the output is cut
/// where a new top-level statement or the end of the code block begins.
std::string humaneval_program(const nlohmann::json& gold, std::string_view output);

}  // namespace tess2::eval
