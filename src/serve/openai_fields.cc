#include "serve/openai_fields.h"

#include <array>
#include <span>

namespace tess2::serve {
namespace {

using nlohmann::json;

struct Field {
  std::string_view name;
  /// Whether a value asks for nothing.
  bool (*is_idle)(const json& value);
  std::string_view problem;
};

bool anything(const json& /*value*/) {
  return true;
}
bool is_text(const json& value) {
  return value.is_string();
}
bool is_boolean(const json& value) {
  return value.is_boolean();
}
bool is_object(const json& value) {
  return value.is_object();
}
bool is_false(const json& value) {
  return value == false;
}
bool is_zero(const json& value) {
  return value.is_number() && value == 0;
}
bool is_empty(const json& value) {
  return value.empty();
}
bool is_empty_text(const json& value) {
  return value == "";
}
bool never(const json& /*value*/) {
  return false;
}
bool is_none_or_auto(const json& value) {
  return value == "none" || value == "auto";
}
bool is_usual_tier(const json& value) {
  return value == "auto" || value == "default";
}
bool is_text_alone(const json& value) {
  return value == json::array({"text"});
}
bool is_text_format(const json& value) {
  return value == json{{"type", "text"}};
}
bool is_medium(const json& value) {
  return value == "medium";
}

constexpr std::array kCommon = {
    Field{"user", is_text, "expected a text"},
    Field{"safety_identifier", is_text, "expected a text"},
    Field{"store", is_boolean, "expected true or false"},
    Field{"metadata", is_object, "expected an object"},
};

constexpr std::array kBoth = {
    Field{"presence_penalty", is_zero, "penalties are not supported; expected 0"},
    Field{"frequency_penalty", is_zero, "penalties are not supported; expected 0"},
    Field{"logit_bias", is_empty, "biases are not supported"},
};

constexpr std::array kChat = {
    Field{"logprobs", is_false,
          "log-probabilities are not supported; `tess2.canvas` sends probabilities"},
    Field{"top_logprobs", is_zero,
          "log-probabilities are not supported; `tess2.alternatives` sends probabilities"},
    Field{"tools", is_empty, "tools are not supported"},
    Field{"tool_choice", is_none_or_auto, "tools are not supported"},
    Field{"parallel_tool_calls", is_boolean, "expected true or false"},
    Field{"functions", is_empty, "functions are not supported"},
    Field{"function_call", is_none_or_auto, "functions are not supported"},
    Field{"response_format", is_text_format, "only {\"type\": \"text\"} is supported"},
    Field{"modalities", is_text_alone, "only [\"text\"] is supported"},
    Field{"audio", never, "sound is not supported"},
    Field{"prediction", never, "predictions are not supported; POST /v1/infill fills holes"},
    Field{"reasoning_effort", never, "the model does not reason apart; `steps` sets the effort"},
    Field{"verbosity", is_medium, "only medium is supported"},
    Field{"web_search_options", never, "searching is not supported"},
    Field{"service_tier", is_usual_tier, "only auto and default are supported"},
    Field{"prompt_cache_key", is_text, "expected a text"},
};

constexpr std::array kCompletion = {
    Field{"logprobs", never, "log-probabilities are not supported"},
    Field{"echo", is_false, "echo is not supported"},
    Field{"suffix", is_empty_text, "not supported; POST /v1/infill fills holes anywhere"},
};

constexpr std::array kMessage = {
    Field{"name", is_text, "expected a text"},
    Field{"refusal", is_empty_text, "refusals are not supported"},
    Field{"annotations", anything, ""},
    Field{"audio", never, "sound is not supported"},
    Field{"tool_calls", is_empty, "tools are not supported"},
    Field{"function_call", never, "functions are not supported"},
};

void accept(Fields& fields, std::span<const Field> list) {
  for (const Field& field : list) {
    const json* value = fields.find(field.name);
    if (value == nullptr || field.is_idle(*value)) continue;
    throw bad_field(fields.path_of(field.name),
                    std::string(field.problem) + ", found " + shown(*value));
  }
}

}  // namespace

void accept_common_fields(Fields& fields) {
  accept(fields, kCommon);
}

void accept_chat_fields(Fields& fields) {
  accept(fields, kCommon);
  accept(fields, kBoth);
  accept(fields, kChat);
}

void accept_completion_fields(Fields& fields, std::int64_t n) {
  accept(fields, kCommon);
  accept(fields, kBoth);
  accept(fields, kCompletion);
  const json* best_of = fields.find("best_of");
  if (best_of == nullptr || *best_of == n) return;
  throw bad_field("best_of",
                  "expected the same as n = " + std::to_string(n) + ", found " + shown(*best_of));
}

void accept_message_fields(Fields& fields) {
  accept(fields, kMessage);
}

}  // namespace tess2::serve
