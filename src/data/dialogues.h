// Dialogues for instruction tuning (section 3).
#pragma once

#include <cstddef>
#include <string>

#include "data/example.h"
#include "text/dialogue.h"

namespace tess2::data {

/// Encodes records `{"messages": [{"role", "content"}, ...]}` (Tulu's form) as
/// text::encode_dialogue does.
class DialogueEncoder final : public RecordEncoder {
 public:
  /// Each example has `length` ids. `tokenizer` must outlive the encoder.
  DialogueEncoder(const text::Tokenizer& tokenizer, text::DialogueMode mode, std::size_t length)
      : RecordEncoder(tokenizer), mode_(mode), length_(length) {}

  EncodedRecord encode(const Record& record) const override;
  std::string least() const override;

 private:
  text::DialogueMode mode_;
  std::size_t length_;
};

}  // namespace tess2::data
