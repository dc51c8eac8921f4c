#include "serve/messages.h"

#include "serve/json_body.h"
#include "serve/openai_fields.h"
#include "text/utf8.h"

namespace tess2::serve {
namespace {

using nlohmann::json;

std::string at(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::string read_part(const json& value, const std::string& path) {
  Fields part(value, path);
  const auto type = part.text("type");
  if (type != "text") {
    throw bad_field(part.path_of("type"), "expected text, the only kind that is read here");
  }
  part.required("text");
  std::string text = *part.text("text");
  part.refuse_unknown();
  return text;
}

std::string read_content(const json& value, const std::string& path) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) {
    throw bad_field(path, "expected a text or a list of text parts, found " + shown(value));
  }
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) text += read_part(value[i], at(path, i));
  return text;
}

text::Message read_message(const json& value, const std::string& path) {
  Fields fields(value, path);
  fields.required("role");
  text::Message message{*fields.text("role"), ""};
  if (message.role == "developer") message.role = "system";
  if (message.role != "system" && message.role != "user" && message.role != "assistant") {
    throw bad_field(fields.path_of("role"),
                    "expected system, user or assistant, found " + shown(message.role));
  }
  message.content = read_content(fields.required("content"), fields.path_of("content"));
  accept_message_fields(fields);
  fields.refuse_unknown();
  return message;
}

void check(const std::vector<text::Message>& messages, const std::string& path) {
  try {
    text::check_dialogue(messages);
  } catch (const Error& error) {
    throw bad_field(path, error.what());
  }
  const std::string last = at(path, messages.size() - 1);
  if (messages.back().role != "user") {
    throw bad_field(last + ".role", "expected a user's message last");
  }
  if (text::strip(messages.back().content).empty()) {
    throw bad_field(last + ".content", "it is empty");
  }
}

}  // namespace

std::vector<text::Message> read_messages(const json& value, const std::string& path) {
  if (!value.is_array() || value.empty()) {
    throw bad_field(path, "expected a list of messages, found " + shown(value));
  }
  std::vector<text::Message> messages;
  for (std::size_t i = 0; i < value.size(); ++i) {
    messages.push_back(read_message(value[i], at(path, i)));
  }
  check(messages, path);
  return messages;
}

}  // namespace tess2::serve
