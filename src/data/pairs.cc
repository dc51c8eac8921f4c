#include "data/pairs.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.h"

namespace tess2::data {
namespace {

std::vector<text::Message> side(const nlohmann::json& object, std::string_view key,
                                const LinePlace& place) {
  const auto found = object.find(key);
  if (found != object.end() && found->is_string()) {
    return {{"user", string_field(object, "prompt", place)},
            {"assistant", found->get<std::string>()}};
  }
  auto messages = messages_field(object, key, place);
  if (messages.back().role != "assistant") {
    throw_line_error(place, key, "messages that end with an answer",
                     "an end by \"" + messages.back().role + "\"");
  }
  return messages;
}

}  // namespace

PreferencePair parse_pair(const nlohmann::json& object, const LinePlace& place) {
  return {side(object, "chosen", place), side(object, "rejected", place)};
}

PairExamples read_pairs(const std::filesystem::path& file, std::size_t max_length,
                        const text::Tokenizer& tokenizer) {
  PairExamples all;
  for_each_json_line(file, [&](const nlohmann::json& object, const LinePlace& place) {
    const PreferencePair pair = parse_pair(object, place);
    EncodedPair encoded{text::encode_for_reward(pair.chosen, tokenizer),
                        text::encode_for_reward(pair.rejected, tokenizer)};
    if (std::max(encoded.chosen.size(), encoded.rejected.size()) > max_length) {
      ++all.too_long;
      return;
    }
    all.examples.push_back(std::move(encoded));
  });
  if (all.examples.empty()) {
    throw FormatError(file, "", "a pair of at most " + std::to_string(max_length) + " tokens",
                      "none (" + std::to_string(all.too_long) + " are longer)");
  }
  return all;
}

}  // namespace tess2::data
