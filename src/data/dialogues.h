// Dialogues for instruction tuning (section 3).
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "text/dialogue.h"
#include "text/tokenizer.h"

namespace tess2::data {

struct DialogueExamples {
  std::vector<text::EncodedDialogue> examples;
  /// Answers left out because what comes before them fills the row.
  std::int64_t too_long = 0;
};

/// The examples of every record `{"messages": [{"role", "content"}, ...]}` of a JSON-lines file, as
/// text::encode_dialogue makes them. Throws FileError, FormatError naming file and line, and
/// FormatError where not one example is left.
DialogueExamples read_dialogues(const std::filesystem::path& file, text::DialogueMode mode,
                                std::size_t max_length, const text::Tokenizer& tokenizer);

}  // namespace tess2::data
