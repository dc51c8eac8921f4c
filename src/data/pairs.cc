#include "data/pairs.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"
#include "text/utf8.h"

namespace tess2::data {
namespace {

constexpr std::string_view kHuman = "\n\nHuman:";
constexpr std::string_view kAssistant = "\n\nAssistant:";

void check_ends_with_answer(const std::vector<text::Message>& messages, std::string_view key,
                            const LinePlace& place) {
  if (messages.back().role == "assistant") return;
  throw_line_error(place, key, "messages that end with an answer",
                   "an end by \"" + messages.back().role + "\"");
}

std::vector<text::Message> transcript_field(const std::string& text, std::string_view key,
                                            const LinePlace& place) {
  auto messages = parse_transcript(text);
  check_ends_with_answer(messages, key, place);
  return messages;
}

std::vector<text::Message> side(const nlohmann::json& object, std::string_view key,
                                const LinePlace& place) {
  const auto found = object.find(key);
  if (found != object.end() && found->is_string()) {
    auto answer = found->get<std::string>();
    if (is_transcript(answer)) return transcript_field(answer, key, place);
    return {{"user", string_field(object, "prompt", place)}, {"assistant", std::move(answer)}};
  }
  auto messages = messages_field(object, key, place);
  check_ends_with_answer(messages, key, place);
  return messages;
}

}  // namespace

PreferencePair parse_pair(const nlohmann::json& object, const LinePlace& place) {
  return {side(object, "chosen", place), side(object, "rejected", place)};
}

bool is_transcript(std::string_view text) {
  return text.starts_with(kHuman);
}

std::vector<text::Message> parse_transcript(std::string_view text) {
  std::vector<text::Message> messages;
  while (!text.empty()) {
    const bool is_human = text.starts_with(kHuman);
    text.remove_prefix(is_human ? kHuman.size() : kAssistant.size());
    const std::size_t end = std::min({text.find(kHuman), text.find(kAssistant), text.size()});
    const std::string role = is_human ? "user" : "assistant";
    const std::string content(text::strip(text.substr(0, end)));
    text.remove_prefix(end);
    if (!messages.empty() && messages.back().role == role) {
      messages.back().content += "\n\n" + content;
    } else {
      messages.push_back({role, content});
    }
  }
  return messages;
}

EncodedRecord PairEncoder::encode(const Record& record) const {
  const PreferencePair pair = parse_pair(parse_json_line(record.text, record.place), record.place);
  Example example{text::encode_for_reward(pair.chosen, tokenizer()), 0};
  const auto rejected = text::encode_for_reward(pair.rejected, tokenizer());
  if (std::max(example.ids.size(), rejected.size()) > max_length_) return {{}, 1};
  example.split = example.ids.size();
  example.ids.insert(example.ids.end(), rejected.begin(), rejected.end());
  return {{std::move(example)}, 0};
}

std::string PairEncoder::least() const {
  return "a pair of at most " + std::to_string(max_length_) + " tokens";
}

}  // namespace tess2::data
