// Bodies of requests: each input as every kind of request.
#include "serve/request.h"

#include <nlohmann/json.hpp>

#include "fuzz.h"
#include "serve/json_body.h"

using namespace tess2;

namespace {

void check_sampling(const serve::Sampling& sampling, const serve::ServeSettings& settings) {
  const auto& session = sampling.session;
  const auto& projection = session.sampler.projection;
  fuzz::require(session.sampler.steps >= 1 && session.sampler.steps <= settings.max_steps,
                "steps are within their bounds");
  fuzz::require(projection.top_p >= 0 && projection.top_p <= 1, "top_p is within its bounds");
  fuzz::require(projection.temperature > 0, "the temperature is above 0");
  fuzz::require(session.guidance.scale == 0, "nothing guides without a reward model");
  fuzz::require(sampling.alternatives >= 0 && sampling.alternatives <= 10,
                "alternatives are within their bounds");
  fuzz::require(sampling.stream || !sampling.canvas, "only streams have canvases");
}

void check_answer(const serve::AnswerRequest& request, const serve::ServeSettings& settings) {
  check_sampling(request.sampling, settings);
  fuzz::require(request.chat != request.messages.empty(), "a chat has messages");
  fuzz::require(!request.chat || request.messages.back().role == "user", "a user asks");
  fuzz::require(request.n >= 1 && request.n <= settings.max_n, "n is within its bounds");
  fuzz::require(request.stops.size() <= 4, "there are at most 4 stops");
  for (const auto& stop : request.stops) fuzz::require(!stop.empty(), "a stop is not empty");
  const std::int64_t tokens = request.max_tokens.value_or(1);
  fuzz::require(tokens >= 1 && tokens <= settings.length, "the answer fits the canvas");
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  return {
      R"({"messages": [{"role": "user", "content": "hi"}], "max_tokens": 5, "seed": 7, "n": 2})",
      R"({"messages": [{"role": "system", "content": "a"}, {"role": "user", "content": [{"type": "text", "text": "b"}]}], "stop": ["x", "y"], "steps": "auto"})",
      R"({"prompt": "once", "temperature": 0, "top_p": 0.5, "stream": true, "stream_options": {"include_usage": true}})",
      R"({"text": "a [[2]] b [[1-3]]", "stream": true, "tess2": {"canvas": true, "alternatives": 2, "commit": false}})",
      R"({"messages": [{"role": "user", "content": "hi"}], "tools": [], "logit_bias": {}, "response_format": {"type": "text"}})"};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  serve::ServeSettings settings;
  settings.length = 256;
  const serve::RequestContext context{settings, "model", false};
  nlohmann::json body;
  fuzz::allow_errors([&] { body = serve::parse_body(fuzz::as_text(data, size)); });
  if (body.is_null()) return 0;
  fuzz::allow_errors([&] { check_answer(serve::parse_chat(body, context), settings); });
  fuzz::allow_errors([&] { check_answer(serve::parse_completion(body, context), settings); });
  fuzz::allow_errors(
      [&] { check_sampling(serve::parse_infill(body, context).sampling, settings); });
  fuzz::allow_errors([&] { serve::parse_tokenize(body, context); });
  return 0;
}
