#include "eval/answer_file.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/error.h"

namespace tess2::eval {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json messages_json(const std::vector<text::Message>& messages) {
  Json list = Json::array();
  for (const auto& [role, content] : messages)
    list.push_back({{"role", role}, {"content", content}});
  return list;
}

// What an answer says of the prompt it is to.
Json asked_json(const PromptRecord& record, std::size_t index) {
  Json json;
  json["index"] = index;
  if (!record.id.empty()) json["id"] = Json::parse(record.id);
  if (record.is_dialogue()) {
    json["messages"] = messages_json(record.messages);
  } else {
    json["prompt"] = record.prompt;
  }
  return json;
}

double milliseconds(double seconds) {
  return std::round(seconds * 1e3) / 1e3;
}

std::string shown(const Json& json) {
  constexpr std::size_t kMost = 60;
  const std::string text = dump(json);
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

}  // namespace

AnswerFile::AnswerFile(const std::filesystem::path& file, const std::vector<PromptRecord>& records,
                       std::string settings)
    : path_(file), records_(records), settings_(std::move(settings)), file_(file) {
  read();
}

void AnswerFile::read() {
  const std::string text = read_text_file(path_);
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    check(text.substr(begin, end - begin), done_++);
  }
  if (begin < text.size()) file_.cut(begin);
}

void AnswerFile::check(const std::string& line, std::size_t index) const {
  const data::LinePlace place{path_, index + 1};
  if (index >= records_.size()) {
    data::throw_line_error(place, "",
                           "no more answers than prompts (" + std::to_string(records_.size()) + ")",
                           "another one");
  }
  const nlohmann::json found = data::parse_json_line(line, place);
  Json expected = asked_json(records_[index], index);
  expected["seed"] = records_[index].seed;
  expected["settings"] = settings_;
  for (const auto& [key, value] : expected.items()) {
    const auto there = found.value(key, nlohmann::json());
    if (there == nlohmann::json(value)) continue;
    data::throw_line_error(place, key, shown(value) + " of this run (another --output begins anew)",
                           shown(there));
  }
}

std::string AnswerFile::line_of(std::size_t index, const Reply& reply) const {
  const PromptRecord& record = records_[index];
  Json json = asked_json(record, index);
  json["text"] = reply.text;
  json["tokens"] = reply.ids;
  json["steps"] = reply.steps;
  json["seconds"] = milliseconds(reply.seconds);
  if (reply.prompt_drift) json["prompt_drift"] = *reply.prompt_drift;
  json["seed"] = record.seed;
  json["settings"] = settings_;
  return dump(json) + "\n";
}

void AnswerFile::append(const std::vector<Reply>& replies) {
  std::string lines;
  for (std::size_t i = 0; i < replies.size(); ++i) lines += line_of(done_ + i, replies[i]);
  file_.append(lines);
  done_ += replies.size();
}

}  // namespace tess2::eval
