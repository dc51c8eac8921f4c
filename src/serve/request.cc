#include "serve/request.h"

#include <algorithm>

#include "serve/json_body.h"
#include "serve/messages.h"
#include "serve/openai_fields.h"

namespace tess2::serve {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxStops = 4;
constexpr std::int64_t kMaxAlternatives = 10;
constexpr double kMaxTemperature = 100.0;
// Logits divided by less would overflow; the best token has all the mass long before.
constexpr double kLeastTemperature = 1e-3;
constexpr double kMaxGuidance = 1e6;

void check_model(Fields& fields, const RequestContext& context) {
  const auto model = fields.text("model");
  if (!model || *model == context.model) return;
  throw ApiError(404, "model: expected " + shown(context.model) + ", found " + shown(*model),
                 "model", "model_not_found");
}

void read_steps(Fields& fields, const RequestContext& context, Sampling& sampling) {
  const json* steps = fields.find("steps");
  if (steps == nullptr) return;
  if (steps->is_string()) {
    if (*steps != "auto") {
      throw bad_field("steps", "expected an integer or \"auto\", found " + shown(*steps));
    }
    sampling.session.until_converged = true;
    return;
  }
  sampling.session.until_converged = false;
  sampling.session.sampler.steps = *fields.integer("steps", 1, context.settings.max_steps);
}

void read_projection(Fields& fields, Sampling& sampling) {
  auto& projection = sampling.session.sampler.projection;
  projection.top_p = fields.number("top_p", 0, 1).value_or(projection.top_p);
  const auto temperature = fields.number("temperature", 0, kMaxTemperature);
  if (!temperature) return;
  if (*temperature < kLeastTemperature) {
    projection.top_p = 0.0;
  } else {
    projection.temperature = *temperature;
  }
}

void read_guidance(Fields& fields, const RequestContext& context, Sampling& sampling) {
  const auto scale = fields.number("guidance_scale", 0, kMaxGuidance);
  if (!scale) return;
  if (*scale != 0 && !context.can_guide) {
    throw bad_field("guidance_scale", "the server has no reward model to guide with");
  }
  sampling.session.guidance.scale = *scale;
}

void read_extension(Fields& fields, const RequestContext& context, bool in_order,
                    Sampling& sampling) {
  const json* object = fields.find("tess2");
  if (object == nullptr) return;
  Fields extension(*object, "tess2");
  sampling.canvas = extension.boolean("canvas").value_or(false);
  sampling.alternatives =
      extension.integer("alternatives", 0, kMaxAlternatives).value_or(sampling.alternatives);
  auto& commitment = sampling.session.commitment;
  commitment.enabled = extension.boolean("commit").value_or(commitment.enabled);
  if (in_order) {
    auto& block_length = sampling.session.block_length;
    block_length =
        extension.integer("block_length", 0, context.settings.length).value_or(block_length);
  }
  extension.refuse_unknown();
  if (sampling.canvas && !sampling.stream) {
    throw bad_field("tess2.canvas", "needs `stream`: the canvas is sent after each step");
  }
}

void read_stream(Fields& fields, Sampling& sampling) {
  sampling.stream = fields.boolean("stream").value_or(false);
  const json* object = fields.find("stream_options");
  if (object == nullptr) return;
  if (!sampling.stream) throw bad_field("stream_options", "needs `stream`");
  Fields options(*object, "stream_options");
  sampling.include_usage = options.boolean("include_usage").value_or(false);
  options.boolean("include_obfuscation");
  options.refuse_unknown();
}

// `in_order`: whether the text is written from its beginning, as answers are, so that it can be
// committed and come in blocks; holes are not.
Sampling read_sampling(Fields& fields, const RequestContext& context, bool in_order) {
  check_model(fields, context);
  const ServeSettings& settings = context.settings;
  Sampling sampling;
  sampling.session = settings.session;
  if (!in_order) {
    sampling.session.commitment.enabled = false;
    sampling.session.block_length = 0;
  }
  read_steps(fields, context, sampling);
  read_projection(fields, sampling);
  read_guidance(fields, context, sampling);
  if (const auto seed = fields.integer("seed", 0, INT64_MAX)) {
    sampling.seed = static_cast<std::uint64_t>(*seed);
  }
  read_stream(fields, sampling);
  read_extension(fields, context, in_order, sampling);
  return sampling;
}

std::string stop_text(const json& value, const std::string& path) {
  if (!value.is_string()) throw bad_field(path, "expected a text, found " + shown(value));
  auto stop = value.get<std::string>();
  if (stop.empty()) throw bad_field(path, "it is empty");
  return stop;
}

std::vector<std::string> read_stops(Fields& fields) {
  const json* value = fields.find("stop");
  if (value == nullptr) return {};
  if (!value->is_array()) return {stop_text(*value, "stop")};
  if (value->size() > kMaxStops) {
    throw bad_field("stop", "expected at most " + std::to_string(kMaxStops) + " texts, found " +
                                std::to_string(value->size()));
  }
  std::vector<std::string> stops;
  for (const json& stop : *value) {
    stops.push_back(stop_text(stop, "stop[" + std::to_string(stops.size()) + "]"));
  }
  return stops;
}

std::int64_t most_tokens(const ServeSettings& settings) {
  const std::int64_t canvas = settings.length;
  return settings.max_tokens == 0 ? canvas : std::min(settings.max_tokens, canvas);
}

std::optional<std::int64_t> read_max_tokens(Fields& fields, const RequestContext& context) {
  const std::int64_t most = most_tokens(context.settings);
  const auto tokens = fields.integer("max_tokens", 1, most);
  const auto completion = fields.integer("max_completion_tokens", 1, most);
  if (tokens && completion && *tokens != *completion) {
    throw bad_field("max_completion_tokens",
                    "expected the same as max_tokens = " + std::to_string(*tokens) + ", found " +
                        std::to_string(*completion));
  }
  return tokens ? tokens : completion;
}

AnswerRequest read_answer_request(Fields& fields, const RequestContext& context) {
  AnswerRequest request;
  request.sampling = read_sampling(fields, context, true);
  request.max_tokens = read_max_tokens(fields, context);
  request.stops = read_stops(fields);
  request.n = fields.integer("n", 1, context.settings.max_n).value_or(1);
  return request;
}

// OpenAI also takes lists, of which one text is the usual.
std::string read_prompt(Fields& fields) {
  const json* value = &fields.required("prompt");
  if (value->is_array() && value->size() == 1) value = &value->front();
  if (value->is_string()) return value->get<std::string>();
  throw bad_field("prompt", "expected one text, found " + shown(*value));
}

}  // namespace

AnswerRequest parse_chat(const json& body, const RequestContext& context) {
  Fields fields(body, "");
  AnswerRequest request = read_answer_request(fields, context);
  request.messages = read_messages(fields.required("messages"), "messages");
  accept_chat_fields(fields);
  fields.refuse_unknown();
  return request;
}

AnswerRequest parse_completion(const json& body, const RequestContext& context) {
  Fields fields(body, "");
  AnswerRequest request = read_answer_request(fields, context);
  request.chat = false;
  request.prompt = read_prompt(fields);
  accept_completion_fields(fields, request.n);
  fields.refuse_unknown();
  return request;
}

InfillRequest parse_infill(const json& body, const RequestContext& context) {
  Fields fields(body, "");
  InfillRequest request;
  // Nothing of a text with holes is sent before its end, so there is nothing to commit for.
  request.sampling = read_sampling(fields, context, false);
  fields.required("text");
  request.text = *fields.text("text");
  if (const json* messages = fields.find("messages")) {
    request.messages = read_messages(*messages, "messages");
  }
  accept_common_fields(fields);
  fields.refuse_unknown();
  return request;
}

std::string parse_tokenize(const json& body, const RequestContext& context) {
  Fields fields(body, "");
  check_model(fields, context);
  fields.required("text");
  std::string text = *fields.text("text");
  fields.refuse_unknown();
  return text;
}

}  // namespace tess2::serve
