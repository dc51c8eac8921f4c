#include "data/dialogues.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/json_lines.h"

namespace tess2::data {

EncodedRecord DialogueEncoder::encode(const Record& record) const {
  const auto messages =
      messages_field(parse_json_line(record.text, record.place), "messages", record.place);
  auto encoded = text::encode_dialogue(messages, mode_, length_, tokenizer());
  EncodedRecord result{{}, encoded.without_answer};
  for (text::EncodedDialogue& example : encoded.examples) {
    const auto answer = std::ranges::find(example.span_mask, std::uint8_t{1});
    const auto split = static_cast<std::size_t>(answer - example.span_mask.begin());
    result.examples.push_back({std::move(example.ids), split});
  }
  return result;
}

std::string DialogueEncoder::least() const {
  return "an answer that begins within " + std::to_string(length_) + " tokens";
}

}  // namespace tess2::data
