// Which language a text is written in, for IFEval's checks: by script, then by frequent words and
// by letters that few languages have.
#pragma once

#include <optional>
#include <string_view>

#include "eval/metrics/unicode.h"

namespace tess2::eval {

/// ISO 639-1 code of the language that most of `text` is in (`zh-cn` for Chinese), of the 55
/// languages that the official identifier (langdetect) knows; empty where nothing tells. Nothing
/// where `text` has no letters, for which the official identifier gives an error.
///
/// Texts of a few words are told apart only where they hold frequent words; there the official
/// identifier, which draws random numbers, gives other answers from run to run.
std::optional<std::string_view> detect_language(TextView text);

}  // namespace tess2::eval
