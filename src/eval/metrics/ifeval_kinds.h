// The 25 kinds of IFEval's instructions: what each asks of a response.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "eval/metrics/ifeval_arguments.h"
#include "eval/metrics/unicode.h"

namespace tess2::eval {

/// Whether a response, which is not blank, follows one instruction.
using Check = std::function<bool(TextView response)>;

struct InstructionKind {
  std::string_view id;  ///< such as `keywords:existence`
  /// Throws FormatError where an argument is missing or wrong.
  Check (*make)(const Arguments& arguments);
};

/// keywords, language, change_case, punctuation.
std::span<const InstructionKind> word_kinds();
/// detectable_format, detectable_content.
std::span<const InstructionKind> format_kinds();
/// length_constraints, combination, startend.
std::span<const InstructionKind> layout_kinds();

/// The kind of that id, nullptr where there is none.
const InstructionKind* find_kind(std::string_view id);

}  // namespace tess2::eval
