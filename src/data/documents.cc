#include "data/documents.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "data/json_lines.h"

namespace tess2::data {

DocumentEncoder::DocumentEncoder(const text::Tokenizer& tokenizer, std::size_t length)
    : RecordEncoder(tokenizer), length_(length) {
  if (length == 0) throw UsageError("length of a packed row: expected 1 or more, found 0");
}

EncodedRecord DocumentEncoder::encode(const Record& record) const {
  const std::string parsed =
      record.kind == InputKind::kJsonLines
          ? string_field(parse_json_line(record.text, record.place), "text", record.place)
          : std::string();
  const std::string& document = record.kind == InputKind::kJsonLines ? parsed : record.text;
  Example example;
  if (record.begins) example.ids.push_back(tokenizer().bos());
  const auto ids =
      record.begins ? tokenizer().encode(document) : tokenizer().encode_continuation(document);
  example.ids.insert(example.ids.end(), ids.begin(), ids.end());
  if (record.ends) example.ids.push_back(tokenizer().eos());
  return {{std::move(example)}, 0};
}

std::string DocumentEncoder::least() const {
  return "at least one row of " + std::to_string(length_) + " ids";
}

}  // namespace tess2::data
