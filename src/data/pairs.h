// Preference pairs for the reward model (section 5).
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "data/example.h"
#include "data/json_lines.h"
#include "text/dialogue.h"

namespace tess2::data {

/// Two dialogues, the first of which was preferred.
struct PreferencePair {
  std::vector<text::Message> chosen;
  std::vector<text::Message> rejected;
};

/// The pair of a record: `chosen` and `rejected` are lists of messages that end with an answer, two
/// transcripts (see parse_transcript), or two strings that answer the string `prompt`. Throws
/// FormatError naming file and line.
PreferencePair parse_pair(const nlohmann::json& object, const LinePlace& place);

/// Whether `text` begins as a transcript of HH-RLHF does.
bool is_transcript(std::string_view text);

/// The messages of the transcript `\n\nHuman: ...\n\nAssistant: ...` (see is_transcript), contents
/// without white space at their ends. Turns of one speaker in a row become one message, joined by
/// an empty line.
std::vector<text::Message> parse_transcript(std::string_view text);

/// Encodes pairs as text::encode_for_reward does.
class PairEncoder final : public RecordEncoder {
 public:
  /// Each side has at most `max_length` ids; pairs with a longer one are left out. `tokenizer` must
  /// outlive the encoder.
  PairEncoder(const text::Tokenizer& tokenizer, std::size_t max_length)
      : RecordEncoder(tokenizer), max_length_(max_length) {}

  EncodedRecord encode(const Record& record) const override;
  std::string least() const override;

 private:
  std::size_t max_length_;
};

}  // namespace tess2::data
