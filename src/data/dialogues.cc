#include "data/dialogues.h"

#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"
#include "data/json_lines.h"

namespace tess2::data {

DialogueExamples read_dialogues(const std::filesystem::path& file, text::DialogueMode mode,
                                std::size_t max_length, const text::Tokenizer& tokenizer) {
  DialogueExamples all;
  for_each_json_line(file, [&](const nlohmann::json& object, const LinePlace& place) {
    const auto messages = messages_field(object, "messages", place);
    auto encoded = text::encode_dialogue(messages, mode, max_length, tokenizer);
    all.too_long += encoded.without_answer;
    all.examples.insert(all.examples.end(), std::make_move_iterator(encoded.examples.begin()),
                        std::make_move_iterator(encoded.examples.end()));
  });
  if (all.examples.empty()) {
    throw FormatError(file, "messages",
                      "an answer that begins within " + std::to_string(max_length) + " tokens",
                      "none (" + std::to_string(all.too_long) + " begin later)");
  }
  return all;
}

}  // namespace tess2::data
