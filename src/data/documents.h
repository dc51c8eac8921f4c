// Documents for pretraining and adaptation, and how they become rows of ids (section 3).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "data/example.h"

namespace tess2::data {

/// Encodes `<s> document </s>`, to be cut every `length` ids whatever is there. A document is the
/// `text` field of a line (Dolma's form), a whole text file, or, where a line has `messages` and no
/// `text`, a dialogue in its own form (text::format_dialogue).
class DocumentEncoder final : public RecordEncoder {
 public:
  /// `length` >= 1; throws UsageError otherwise. `tokenizer` must outlive the encoder.
  DocumentEncoder(const text::Tokenizer& tokenizer, std::size_t length);

  EncodedRecord encode(const Record& record) const override;
  std::optional<std::size_t> row_length() const override { return length_; }
  std::string least() const override;

 private:
  std::vector<text::TokenId> ids_of_line(const Record& record) const;
  std::vector<text::TokenId> ids_of_text(const std::string& text, bool begins, bool ends) const;

  std::size_t length_;
};

}  // namespace tess2::data
