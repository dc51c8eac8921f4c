#include "data/dialogues.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/json_lines.h"

namespace tess2::data {

EncodedRecord DialogueEncoder::encode(const Record& record) const {
  const auto object = parse_json_line(record.text, record.place);
  if (object.contains("text") && !object.contains("messages")) {
    return {{encode_text(string_field(object, "text", record.place))}, 0};
  }
  const auto messages = messages_field(object, "messages", record.place);
  auto encoded = text::encode_dialogue(messages, mode_, length_, tokenizer());
  EncodedRecord result{{}, encoded.without_answer};
  for (text::EncodedDialogue& example : encoded.examples) {
    const auto answer = std::ranges::find(example.span_mask, std::uint8_t{1});
    const auto split = static_cast<std::size_t>(answer - example.span_mask.begin());
    result.examples.push_back({std::move(example.ids), split});
  }
  return result;
}

Example DialogueEncoder::encode_text(const std::string& text) const {
  Example example{{tokenizer().bos()}, 1};
  const auto ids = tokenizer().encode(text);
  example.ids.insert(example.ids.end(), ids.begin(), ids.end());
  example.ids.push_back(tokenizer().eos());
  example.ids.resize(length_, tokenizer().pad().value());
  return example;
}

std::string DialogueEncoder::least() const {
  return "an answer that begins within " + std::to_string(length_) + " tokens";
}

}  // namespace tess2::data
