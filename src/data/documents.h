// Documents for pretraining and adaptation, and how they become rows of ids (section 3).
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "data/example.h"

namespace tess2::data {

/// Encodes `<s> document </s>`, to be cut every `length` ids whatever is there. A document is the
/// `text` field of a line (Dolma's form) or a whole text file.
class DocumentEncoder final : public RecordEncoder {
 public:
  /// `length` >= 1; throws UsageError otherwise. `tokenizer` must outlive the encoder.
  DocumentEncoder(const text::Tokenizer& tokenizer, std::size_t length);

  EncodedRecord encode(const Record& record) const override;
  std::optional<std::size_t> row_length() const override { return length_; }
  std::string least() const override;

 private:
  std::size_t length_;
};

}  // namespace tess2::data
