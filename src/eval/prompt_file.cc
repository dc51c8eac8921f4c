#include "eval/prompt_file.h"

#include <nlohmann/json.hpp>

#include "eval/answerer.h"
#include "eval/questions.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

std::string prompt_of(const nlohmann::json& record, const data::LinePlace& place) {
  std::string prompt = data::string_field(record, "prompt", place);
  if (text::strip(prompt).empty()) data::throw_line_error(place, "prompt", "text", "none");
  return prompt;
}

std::uint64_t seed_of(const nlohmann::json& record, const data::LinePlace& place) {
  const nlohmann::json& seed = record.at("seed");
  if (seed.is_number_unsigned() && seed.get<std::uint64_t>() <= INT64_MAX) return seed;
  data::throw_line_error(place, "seed", "an integer from 0 to 2^63 - 1", seed.dump());
}

PromptRecord read_record(const nlohmann::json& record, const data::LinePlace& place) {
  const bool has_prompt = record.contains("prompt");
  const bool has_messages = record.contains("messages");
  if (has_prompt == has_messages) {
    data::throw_line_error(place, "", "either `prompt` or `messages`",
                           has_prompt ? "both" : "neither");
  }
  PromptRecord read;
  read.place = place;
  if (has_prompt) read.prompt = prompt_of(record, place);
  if (has_messages) read.messages = question_messages(record, place);
  if (record.contains("id")) read.id = record.at("id").dump();
  return read;
}

}  // namespace

std::vector<PromptRecord> read_prompts(const std::filesystem::path& file, std::uint64_t seed) {
  std::vector<PromptRecord> records;
  data::for_each_json_line(file, [&](const nlohmann::json& record, const data::LinePlace& place) {
    const std::uint64_t index = records.size();
    records.push_back(read_record(record, place));
    records.back().seed =
        record.contains("seed") ? seed_of(record, place) : prompt_seed(seed, index);
  });
  return records;
}

}  // namespace tess2::eval
