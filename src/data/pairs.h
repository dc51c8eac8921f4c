// Preference pairs for the reward model (section 5).
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "data/json_lines.h"
#include "text/dialogue.h"
#include "text/tokenizer.h"

namespace tess2::data {

/// Two dialogues, the first of which was preferred.
struct PreferencePair {
  std::vector<text::Message> chosen;
  std::vector<text::Message> rejected;
};

/// A pair as the reward model reads it; the two may differ in length and are not padded.
struct EncodedPair {
  std::vector<text::TokenId> chosen;
  std::vector<text::TokenId> rejected;
};

struct PairExamples {
  std::vector<EncodedPair> examples;
  /// Pairs left out because one of the two is longer than a row.
  std::int64_t too_long = 0;
};

/// The pair of a record: `chosen` and `rejected` are lists of messages that end with an answer, or
/// two strings that answer the string `prompt`. Throws FormatError naming file and line.
PreferencePair parse_pair(const nlohmann::json& object, const LinePlace& place);

/// The pairs of a JSON-lines file, each side at most `max_length` ids. Throws FileError,
/// FormatError naming file and line, and FormatError where not one pair is left.
PairExamples read_pairs(const std::filesystem::path& file, std::size_t max_length,
                        const text::Tokenizer& tokenizer);

}  // namespace tess2::data
