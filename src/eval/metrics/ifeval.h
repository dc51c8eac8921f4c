// IFEval (arXiv 2311.07911): prompts whose instructions a program can check, and the official
// verdicts on responses to them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "eval/metrics/ifeval_kinds.h"

namespace tess2::eval {

struct Instruction {
  std::string id;  ///< such as `keywords:existence`
  Check check;
  /// False where the official program does not look for the letter that is asked for, because it is
  /// none of a to z, but for one that it draws at random: its verdict then says nothing.
  bool determined = true;
};

struct IfevalPrompt {
  std::string prompt;
  std::vector<Instruction> instructions;
};

/// The prompt of a record `{"prompt", "instruction_id_list", "kwargs"}`; other fields are left
/// alone, and so are arguments that are null or that the instruction does not have. `place` says
/// where in `file` it stands, such as `line 3`. Throws FormatError naming file, place and key, for
/// an unknown instruction too.
IfevalPrompt parse_ifeval_prompt(const nlohmann::json& record, const std::filesystem::path& file,
                                 const std::string& place);

/// The prompts of a JSON-lines file, in its order. Throws FileError and FormatError.
std::vector<IfevalPrompt> read_ifeval_prompts(const std::filesystem::path& file);

/// Whether each instruction was followed, in the prompt's order.
struct IfevalVerdict {
  std::vector<bool> strict;  ///< by the response as it is
  /// By it or by what it becomes without its first line, its last, both, and each of these without
  /// asterisks.
  std::vector<bool> loose;
};

/// A blank response follows nothing.
IfevalVerdict judge_ifeval(const IfevalPrompt& prompt, std::string_view response);

/// Shares of what was followed.
struct IfevalAccuracy {
  std::int64_t prompts = 0;
  std::int64_t prompts_followed = 0;  ///< with all their instructions
  std::int64_t instructions = 0;
  std::int64_t instructions_followed = 0;

  void add(const std::vector<bool>& followed);
  /// In [0, 1]; 0 of none.
  double prompt_rate() const;
  double instruction_rate() const;
};

}  // namespace tess2::eval
