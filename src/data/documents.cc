#include "data/documents.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "data/json_lines.h"
#include "text/dialogue.h"

namespace tess2::data {

DocumentEncoder::DocumentEncoder(const text::Tokenizer& tokenizer, std::size_t length)
    : RecordEncoder(tokenizer), length_(length) {
  if (length == 0) throw UsageError("length of a packed row: expected 1 or more, found 0");
}

EncodedRecord DocumentEncoder::encode(const Record& record) const {
  Example example;
  example.ids = record.kind == InputKind::kJsonLines
                    ? ids_of_line(record)
                    : ids_of_text(record.text, record.begins, record.ends);
  return {{std::move(example)}, 0};
}

std::vector<text::TokenId> DocumentEncoder::ids_of_line(const Record& record) const {
  const auto object = parse_json_line(record.text, record.place);
  if (object.contains("text") || !object.contains("messages")) {
    return ids_of_text(string_field(object, "text", record.place), true, true);
  }
  const auto messages = messages_field(object, "messages", record.place);
  auto ids = tokenizer().encode(text::format_dialogue(messages, tokenizer()));
  // A dialogue that ends with a question is not closed by its form.
  if (ids.back() != tokenizer().eos()) ids.push_back(tokenizer().eos());
  return ids;
}

std::vector<text::TokenId> DocumentEncoder::ids_of_text(const std::string& text, bool begins,
                                                        bool ends) const {
  std::vector<text::TokenId> ids;
  if (begins) ids.push_back(tokenizer().bos());
  const auto inner = begins ? tokenizer().encode(text) : tokenizer().encode_continuation(text);
  ids.insert(ids.end(), inner.begin(), inner.end());
  if (ends) ids.push_back(tokenizer().eos());
  return ids;
}

std::string DocumentEncoder::least() const {
  return "at least one row of " + std::to_string(length_) + " ids";
}

}  // namespace tess2::data
