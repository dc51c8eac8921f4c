// AlpacaEval's answers: its file of outputs, and the judge's verdicts on them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "eval/harness/judge.h"
#include "eval/harness/record_folder.h"

namespace tess2::eval {

/// Writes `folder`/model_outputs.json as AlpacaEval reads it: a list of `{"instruction", "output",
/// "generator", "dataset"}` in the order of the records. Throws FileError.
void write_model_outputs(const Records& records, const std::string& generator,
                         const std::filesystem::path& folder);

/// Gives the records the verdicts that `folder`/judgements.jsonl holds: measure `win_rate`, 1 for
/// an answer that the judge prefers to the reference, 1/2 for a tie. Leaves the records as they are
/// where there is no such file. Throws FileError, and FormatError naming file and line.
void read_judgements(const std::filesystem::path& folder, Records& records);

/// Asks the judge about each record that has no judgement yet, the answer first or second as the
/// record's seed decides, and keeps each judgement before the next is asked for. `told` (may be
/// empty) learns how many of the records are judged. Throws as Judge::ask, and FormatError where
/// another model's judgements are there.
void ask_judge(Judge& judge, const std::filesystem::path& folder, Records& records,
               const std::function<void(std::int64_t)>& told);

}  // namespace tess2::eval
