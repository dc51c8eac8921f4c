// Training examples, and how records become examples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "data/records.h"
#include "text/tokenizer.h"

namespace tess2::data {

/// What a training run meets at a time: a row of documents, a dialogue, or a preference pair.
struct Example {
  /// A row or a dialogue: [length]. A pair: the chosen side, then the rejected one.
  std::vector<text::TokenId> ids;
  /// Where the answer of a dialogue begins, which is learnt from there to the end; or the rejected
  /// side of a pair. 0 for documents.
  std::size_t split = 0;

  friend bool operator==(const Example&, const Example&) = default;
};

/// What one record gives.
struct EncodedRecord {
  std::vector<Example> examples;
  /// Examples left out because they do not fit a row.
  std::int64_t too_long = 0;
};

/// Makes examples of records. Its calls may run at the same time.
class RecordEncoder {
 public:
  /// `tokenizer` must outlive the encoder.
  explicit RecordEncoder(const text::Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  virtual ~RecordEncoder() = default;
  RecordEncoder(const RecordEncoder&) = delete;
  RecordEncoder& operator=(const RecordEncoder&) = delete;

  /// Throws FormatError naming file and line for a record that is not of the right form.
  virtual EncodedRecord encode(const Record& record) const = 0;

  /// Where records are strung together and cut into rows, the ids of a row. (`encode` then gives
  /// one example, of any length.) Nothing where the examples are what they are.
  virtual std::optional<std::size_t> row_length() const { return std::nullopt; }

  /// The least that data must give, for messages: `a pair of at most 128 tokens`.
  virtual std::string least() const = 0;

  const text::Tokenizer& tokenizer() const { return tokenizer_; }

 private:
  const text::Tokenizer& tokenizer_;
};

}  // namespace tess2::data
