#include "eval/questions.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "data/synth/instruction.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

constexpr std::string_view kMessages = "messages";
constexpr std::string_view kTask = "task";

// The checker reads the problem before the reply, so an empty reply shows whether it can.
void require_problem(const data::synth::TaskFamily& family, std::string_view prompt,
                     const data::LinePlace& place) {
  try {
    family.check({.prompt = prompt, .answer = "", .output = ""});
  } catch (const Error& error) {
    data::throw_line_error(place, kMessages, "a problem of the task", error.what());
  }
}

const data::synth::TaskFamily& known_family(const std::string& task, const data::LinePlace& place) {
  try {
    return data::synth::find_task(task);
  } catch (const UsageError& error) {
    data::throw_line_error(place, kTask, "a known task", error.what());
  }
}

}  // namespace

std::string_view last_content(std::span<const text::Message> messages) {
  return messages.empty() ? std::string_view() : messages.back().content;
}

std::string task_field(const nlohmann::json& record, std::span<const text::Message> messages,
                       const data::LinePlace& place) {
  std::string task = data::string_field(record, kTask, place);
  require_problem(known_family(task, place), last_content(messages), place);
  return task;
}

std::vector<text::Message> question_messages(const nlohmann::json& record,
                                             const data::LinePlace& place) {
  auto messages = data::messages_field(record, kMessages, place);
  if (messages.back().role == "assistant") messages.pop_back();
  if (messages.back().role != "user") {
    data::throw_line_error(place, kMessages, "a message of the user", "none");
  }
  if (text::strip(messages.back().content).empty()) {
    data::throw_line_error(place, kMessages, "a prompt", "an empty one");
  }
  return messages;
}

Question read_question(const nlohmann::json& record, const data::LinePlace& place) {
  auto messages = question_messages(record, place);
  auto task = task_field(record, messages, place);
  return {std::move(task), std::move(messages), data::string_field(record, "answer", place), place};
}

std::vector<Question> read_questions(const std::filesystem::path& file, std::int64_t limit) {
  std::vector<Question> questions;
  data::for_each_json_line(file, [&](const nlohmann::json& record, const data::LinePlace& place) {
    if (limit > 0 && std::ssize(questions) >= limit) return;
    questions.push_back(read_question(record, place));
  });
  return questions;
}

std::vector<text::TokenId> encode_question(const Question& question, std::int64_t length,
                                           const text::Tokenizer& tokenizer) {
  auto ids = text::encode_prompt(question.messages, tokenizer);
  if (std::ssize(ids) < length) return ids;
  data::throw_line_error(question.place, kMessages,
                         "a prompt of fewer tokens than `length` (" + std::to_string(length) + ")",
                         std::to_string(ids.size()));
}

}  // namespace tess2::eval
