// Dialogues for instruction tuning (section 3).
#pragma once

#include <cstddef>
#include <string>

#include "data/example.h"
#include "text/dialogue.h"

namespace tess2::data {

/// Encodes records `{"messages": [{"role", "content"}, ...]}` (Tulu's form) as
/// text::encode_dialogue does. Where a record has `text` and no `messages`, that is an answer
/// without a question: `<s> text </s>`, all but `<s>` to be learnt.
class DialogueEncoder final : public RecordEncoder {
 public:
  /// Each example has `length` ids. `tokenizer` must outlive the encoder.
  DialogueEncoder(const text::Tokenizer& tokenizer, text::DialogueMode mode, std::size_t length)
      : RecordEncoder(tokenizer), mode_(mode), length_(length) {}

  EncodedRecord encode(const Record& record) const override;
  std::string least() const override;

 private:
  Example encode_text(const std::string& text) const;

  text::DialogueMode mode_;
  std::size_t length_;
};

}  // namespace tess2::data
