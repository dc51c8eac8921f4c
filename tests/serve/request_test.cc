#include "serve/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "serve/api_error.h"

namespace tess2::serve {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

class RequestTest : public testing::Test {
 protected:
  RequestTest() {
    settings_.length = 64;
    settings_.session.sampler.steps = 20;
    settings_.max_steps = 100;
    settings_.max_n = 4;
  }

  RequestContext context() const { return {settings_, "tuned", guides_}; }
  static json chat(const json& more = json::object()) {
    json body = {{"messages", json::array({{{"role", "user"}, {"content", "hello"}}})}};
    body.update(more);
    return body;
  }
  AnswerRequest parse(const json& more) const { return parse_chat(chat(more), context()); }

  /// The error of a chat with these fields: `PARAM | MESSAGE`.
  template <class Parse>
  static std::string error_of(Parse parse) {
    try {
      parse();
    } catch (const ApiError& error) {
      EXPECT_EQ(error.status(), error.code() == "model_not_found" ? 404 : 400);
      const std::string message = error.what();
      EXPECT_EQ(message.rfind(error.param() + ": ", 0), 0U) << message;
      return message;
    }
    return "no error";
  }
  std::string error(const json& more) const {
    return error_of([&] { parse_chat(chat(more), context()); });
  }
  std::string messages_error(const std::vector<json>& list) const {
    return messages_error(json(list));
  }
  std::string messages_error(const json& messages) const {
    return error_of([&] { parse_chat({{"messages", messages}}, context()); });
  }

  ServeSettings settings_;
  bool guides_ = false;
};

TEST_F(RequestTest, AChatHasTheServersDefaults) {
  settings_.session.sampler.projection = {0.9, 0.7};
  settings_.session.commitment.stable_steps = 5;
  const AnswerRequest request = parse(json::object());
  EXPECT_TRUE(request.chat);
  EXPECT_THAT(request.messages, ElementsAre(text::Message{"user", "hello"}));
  EXPECT_EQ(request.max_tokens, std::nullopt);
  EXPECT_THAT(request.stops, IsEmpty());
  EXPECT_EQ(request.n, 1);
  const Sampling& sampling = request.sampling;
  EXPECT_EQ(sampling.seed, std::nullopt);
  EXPECT_FALSE(sampling.stream);
  EXPECT_FALSE(sampling.canvas);
  EXPECT_EQ(sampling.alternatives, 3);
  EXPECT_EQ(sampling.session.sampler.steps, 20);
  EXPECT_EQ(sampling.session.sampler.projection.top_p, 0.9);
  EXPECT_EQ(sampling.session.sampler.projection.temperature, 0.7);
  EXPECT_TRUE(sampling.session.commitment.enabled);
  EXPECT_EQ(sampling.session.commitment.stable_steps, 5);
  EXPECT_FALSE(sampling.session.until_converged);
}

TEST_F(RequestTest, EveryFieldIsRead) {
  guides_ = true;
  const AnswerRequest request = parse(
      {{"model", "tuned"},
       {"max_tokens", 12},
       {"steps", 7},
       {"temperature", 0.5},
       {"top_p", 0.8},
       {"seed", INT64_MAX},
       {"stop", {"a", "b"}},
       {"n", 3},
       {"stream", true},
       {"stream_options", {{"include_usage", true}}},
       {"guidance_scale", 2.5},
       {"tess2", {{"canvas", true}, {"alternatives", 0}, {"commit", false}, {"block_length", 8}}}});
  EXPECT_EQ(request.max_tokens, 12);
  EXPECT_THAT(request.stops, ElementsAre("a", "b"));
  EXPECT_EQ(request.n, 3);
  const Sampling& sampling = request.sampling;
  EXPECT_EQ(sampling.session.sampler.steps, 7);
  EXPECT_EQ(sampling.session.sampler.projection.temperature, 0.5);
  EXPECT_EQ(sampling.session.sampler.projection.top_p, 0.8);
  EXPECT_EQ(sampling.session.guidance.scale, 2.5);
  EXPECT_FALSE(sampling.session.commitment.enabled);
  EXPECT_EQ(sampling.session.block_length, 8);
  EXPECT_EQ(sampling.seed, static_cast<std::uint64_t>(INT64_MAX));
  EXPECT_TRUE(sampling.stream);
  EXPECT_TRUE(sampling.include_usage);
  EXPECT_TRUE(sampling.canvas);
  EXPECT_EQ(sampling.alternatives, 0);
  EXPECT_EQ(parse({{"max_completion_tokens", 5}}).max_tokens, 5);
  EXPECT_THAT(parse({{"stop", "end"}}).stops, ElementsAre("end"));
}

TEST_F(RequestTest, StepsMayBeAutomatic) {
  const Sampling sampling = parse({{"steps", "auto"}}).sampling;
  EXPECT_TRUE(sampling.session.until_converged);
  EXPECT_EQ(sampling.session.sampler.steps, 20);
  EXPECT_EQ(error({{"steps", "many"}}), "steps: expected an integer or \"auto\", found \"many\"");
}

TEST_F(RequestTest, TemperatureZeroTakesTheBestToken) {
  settings_.session.sampler.projection = {0.9, 0.7};
  for (const double temperature : {0.0, 1e-9}) {
    const auto projection =
        parse({{"temperature", temperature}}).sampling.session.sampler.projection;
    EXPECT_EQ(projection.top_p, 0.0);
    EXPECT_EQ(projection.temperature, 0.7);
  }
  const auto both = parse({{"temperature", 0}, {"top_p", 0.5}}).sampling.session.sampler.projection;
  EXPECT_EQ(both.top_p, 0.0);
}

TEST_F(RequestTest, NullIsTheSameAsAbsent) {
  EXPECT_NO_THROW(parse({{"model", nullptr},
                         {"max_tokens", nullptr},
                         {"seed", nullptr},
                         {"stop", nullptr},
                         {"stream_options", nullptr},
                         {"tools", nullptr},
                         {"tess2", nullptr},
                         {"audio", nullptr},
                         {"logprobs", nullptr}}));
}

TEST_F(RequestTest, RefusesValuesOutOfRange) {
  EXPECT_EQ(error({{"max_tokens", 0}}), "max_tokens: expected an integer from 1 to 64, found 0");
  EXPECT_EQ(error({{"max_tokens", -5}}), "max_tokens: expected an integer from 1 to 64, found -5");
  EXPECT_EQ(error({{"max_tokens", 65}}), "max_tokens: expected an integer from 1 to 64, found 65");
  EXPECT_EQ(error({{"max_tokens", 3.5}}),
            "max_tokens: expected an integer from 1 to 64, found 3.5");
  EXPECT_EQ(error({{"steps", 0}}), "steps: expected an integer from 1 to 100, found 0");
  EXPECT_EQ(error({{"steps", 101}}), "steps: expected an integer from 1 to 100, found 101");
  EXPECT_EQ(error({{"temperature", -1}}),
            "temperature: expected a number from 0.0 to 100.0, found -1");
  EXPECT_EQ(error({{"top_p", 1.5}}), "top_p: expected a number from 0.0 to 1.0, found 1.5");
  EXPECT_EQ(error({{"seed", -1}}),
            "seed: expected an integer from 0 to 9223372036854775807, found -1");
  EXPECT_EQ(error({{"n", 5}}), "n: expected an integer from 1 to 4, found 5");
  EXPECT_EQ(error({{"tess2", {{"alternatives", 11}}}}),
            "tess2.alternatives: expected an integer from 0 to 10, found 11");
  EXPECT_EQ(error({{"tess2", {{"block_length", 65}}}}),
            "tess2.block_length: expected an integer from 0 to 64, found 65");
}

TEST_F(RequestTest, RefusesValuesOfTheWrongType) {
  EXPECT_EQ(error({{"temperature", "hot"}}),
            "temperature: expected a number from 0.0 to 100.0, found \"hot\"");
  EXPECT_EQ(error({{"stream", 1}}), "stream: expected true or false, found 1");
  EXPECT_EQ(error({{"seed", "7"}}),
            "seed: expected an integer from 0 to 9223372036854775807, found \"7\"");
  EXPECT_EQ(error({{"tess2", true}}), "tess2: expected an object, found true");
  EXPECT_EQ(error({{"model", 3}}), "model: expected a text, found 3");
  EXPECT_EQ(error({{"steps", json::array({1})}}),
            "steps: expected an integer from 1 to 100, found a list");
}

TEST_F(RequestTest, RefusesStopsThatSayNothing) {
  EXPECT_EQ(error({{"stop", ""}}), "stop: it is empty");
  EXPECT_EQ(error({{"stop", {"a", ""}}}), "stop[1]: it is empty");
  EXPECT_EQ(error({{"stop", {"a", 1}}}), "stop[1]: expected a text, found 1");
  EXPECT_EQ(error({{"stop", {"a", "b", "c", "d", "e"}}}),
            "stop: expected at most 4 texts, found 5");
}

TEST_F(RequestTest, RefusesFieldsThatContradictEachOther) {
  EXPECT_EQ(error({{"max_tokens", 3}, {"max_completion_tokens", 4}}),
            "max_completion_tokens: expected the same as max_tokens = 3, found 4");
  EXPECT_EQ(error({{"stream_options", {{"include_usage", true}}}}),
            "stream_options: needs `stream`");
  EXPECT_EQ(error({{"tess2", {{"canvas", true}}}}),
            "tess2.canvas: needs `stream`: the canvas is sent after each step");
  EXPECT_EQ(error({{"guidance_scale", 1}}),
            "guidance_scale: the server has no reward model to guide with");
  EXPECT_EQ(error({{"guidance_scale", 0}}), "no error");
}

TEST_F(RequestTest, RefusesUnknownFieldsAndModels) {
  EXPECT_EQ(error({{"temprature", 1}}), "temprature: unknown field (did you mean temperature?)");
  EXPECT_EQ(error({{"tess2", {{"canvass", true}}}}),
            "tess2.canvass: unknown field (did you mean canvas?)");
  EXPECT_EQ(error({{"stream", true}, {"stream_options", {{"usage", true}}}}),
            "stream_options.usage: unknown field (did you mean include_usage?)");
  EXPECT_EQ(error({{"model", "gpt"}}), "model: expected \"tuned\", found \"gpt\"");
}

TEST_F(RequestTest, AcceptsFieldsOfOpenAiThatAskForNothing) {
  const json idle = {{"user", "me"},
                     {"store", false},
                     {"metadata", json::object()},
                     {"logprobs", false},
                     {"top_logprobs", 0},
                     {"presence_penalty", 0},
                     {"frequency_penalty", 0.0},
                     {"logit_bias", json::object()},
                     {"tools", json::array()},
                     {"tool_choice", "none"},
                     {"parallel_tool_calls", true},
                     {"response_format", {{"type", "text"}}},
                     {"modalities", {"text"}},
                     {"service_tier", "auto"},
                     {"verbosity", "medium"},
                     {"prompt_cache_key", "k"},
                     {"safety_identifier", "s"}};
  EXPECT_EQ(error(idle), "no error");
}

TEST_F(RequestTest, RefusesFieldsOfOpenAiThatItCannotServe) {
  const std::vector<std::pair<std::string, json>> fields = {
      {"tools", json::array({json::object()})},
      {"tool_choice", "required"},
      {"functions", json::array({json::object()})},
      {"function_call", {{"name", "f"}}},
      {"response_format", {{"type", "json_object"}}},
      {"logprobs", true},
      {"top_logprobs", 2},
      {"logit_bias", {{"5", 1}}},
      {"presence_penalty", 0.5},
      {"frequency_penalty", -1},
      {"modalities", {"text", "audio"}},
      {"audio", json::object()},
      {"prediction", json::object()},
      {"reasoning_effort", "high"},
      {"verbosity", "low"},
      {"web_search_options", json::object()},
      {"service_tier", "flex"},
      {"user", 5},
      {"store", "yes"},
      {"metadata", "m"}};
  for (const auto& [name, value] : fields) {
    EXPECT_EQ(error({{name, value}}).rfind(name + ": ", 0), 0U) << name;
  }
}

TEST_F(RequestTest, ContentsMayBeListsOfTextParts) {
  const json parts =
      json::array({{{"type", "text"}, {"text", "a "}}, {{"type", "text"}, {"text", "b"}}});
  const auto request = parse_chat(
      {{"messages", json::array({{{"role", "developer"}, {"content", "be short"}},
                                 {{"role", "user"}, {"content", parts}, {"name", "sam"}},
                                 {{"role", "assistant"}, {"content", "c"}, {"tool_calls", nullptr}},
                                 {{"role", "user"}, {"content", "d"}}})}},
      context());
  EXPECT_THAT(request.messages,
              ElementsAre(text::Message{"system", "be short"}, text::Message{"user", "a b"},
                          text::Message{"assistant", "c"}, text::Message{"user", "d"}));
}

TEST_F(RequestTest, RefusesMessagesThatAreNoDialogue) {
  EXPECT_EQ(error_of([&] { parse_chat(json::object(), context()); }), "messages: it is required");
  EXPECT_EQ(messages_error(json("hello")),
            "messages: expected a list of messages, found \"hello\"");
  EXPECT_EQ(messages_error(json::array()),
            "messages: expected a list of messages, found an empty list");
  EXPECT_EQ(messages_error(std::vector<json>{"hello"}),
            "messages[0]: expected an object, found \"hello\"");
  const auto message = [](const json& role, const json& content) {
    return json{{"role", role}, {"content", content}};
  };
  EXPECT_EQ(messages_error(std::vector{message("robot", "a")}),
            "messages[0].role: expected system, user or assistant, found \"robot\"");
  EXPECT_EQ(messages_error(std::vector<json>{json{{"content", "a"}}}),
            "messages[0].role: it is required");
  EXPECT_EQ(messages_error(std::vector<json>{message("user", nullptr)}),
            "messages[0].content: it is required");
  EXPECT_EQ(messages_error(std::vector<json>{message("user", 5)}),
            "messages[0].content: expected a text or a list of text parts, found 5");
  EXPECT_EQ(messages_error(std::vector<json>{message("user", " \n")}),
            "messages[0].content: it is empty");
  EXPECT_EQ(
      messages_error(std::vector<json>{message("user", json::array({{{"type", "image_url"}}}))}),
      "messages[0].content[0].type: expected text, the only kind that is read here");
  EXPECT_EQ(messages_error(std::vector<json>{message("user", "a"), message("assistant", "b")}),
            "messages[1].role: expected a user's message last");
  EXPECT_EQ(messages_error(std::vector<json>{message("user", "a"), message("user", "b")})
                .rfind("messages: ", 0),
            0U);
  json odd = message("user", "a");
  odd["contents"] = "b";
  EXPECT_EQ(messages_error(std::vector<json>{odd}),
            "messages[0].contents: unknown field (did you mean content?)");
  json called = message("user", "a");
  called["tool_calls"] = json::array({1});
  EXPECT_EQ(messages_error(std::vector<json>{called}),
            "messages[0].tool_calls: tools are not supported, found a list");
}

TEST_F(RequestTest, ACompletionHasAPrompt) {
  const auto request = parse_completion(
      {{"prompt", "once"}, {"n", 2}, {"best_of", 2}, {"echo", false}, {"suffix", ""}}, context());
  EXPECT_FALSE(request.chat);
  EXPECT_EQ(request.prompt, "once");
  EXPECT_EQ(parse_completion({{"prompt", {"one"}}}, context()).prompt, "one");
  const auto problem = [&](const json& body) {
    return error_of([&] { parse_completion(body, context()); });
  };
  EXPECT_EQ(problem(json::object()), "prompt: it is required");
  EXPECT_EQ(problem({{"prompt", {"a", "b"}}}), "prompt: expected one text, found a list");
  EXPECT_EQ(problem({{"prompt", "a"}, {"best_of", 3}}),
            "best_of: expected the same as n = 1, found 3");
  EXPECT_EQ(problem({{"prompt", "a"}, {"echo", true}}), "echo: echo is not supported, found true");
  EXPECT_EQ(problem({{"prompt", "a"}, {"suffix", "b"}}),
            "suffix: not supported; POST /v1/infill fills holes anywhere, found \"b\"");
  EXPECT_EQ(problem({{"prompt", "a"}, {"logprobs", 0}}),
            "logprobs: log-probabilities are not supported, found 0");
  EXPECT_EQ(problem({{"prompt", "a"}, {"messages", json::array()}}).rfind("messages: ", 0), 0U);
}

TEST_F(RequestTest, AnInfillHasATextAndCommitsNothingUnlessAsked) {
  settings_.session.block_length = 16;
  const auto request = parse_infill({{"text", "a [[2]]"}, {"seed", 3}}, context());
  EXPECT_EQ(request.text, "a [[2]]");
  EXPECT_THAT(request.messages, IsEmpty());
  EXPECT_FALSE(request.sampling.session.commitment.enabled);
  EXPECT_EQ(request.sampling.session.block_length, 0) << "blocks commit";
  EXPECT_EQ(parse(json::object()).sampling.session.block_length, 16);
  EXPECT_EQ(parse({{"tess2", {{"block_length", 0}}}}).sampling.session.block_length, 0);
  EXPECT_EQ(request.sampling.seed, 3U);
  const auto asked = parse_infill({{"text", "[[1]]"}, {"tess2", {{"commit", true}}}}, context());
  EXPECT_TRUE(asked.sampling.session.commitment.enabled);
  const auto problem = [&](const json& body) {
    return error_of([&] { parse_infill(body, context()); });
  };
  EXPECT_EQ(problem(json::object()), "text: it is required");
  EXPECT_EQ(problem({{"text", "[[1]]"}, {"tess2", {{"block_length", 2}}}})
                .rfind("tess2.block_length: unknown field", 0),
            0U);
  EXPECT_EQ(problem({{"text", 5}}), "text: expected a text, found 5");
  EXPECT_EQ(problem({{"text", "[[1]]"}, {"stop", "x"}}).rfind("stop: unknown field", 0), 0U);
  EXPECT_EQ(problem({{"text", "[[1]]"}, {"messages", json::array()}}),
            "messages: expected a list of messages, found an empty list");
}

TEST_F(RequestTest, TokenizeHasATextAlone) {
  EXPECT_EQ(parse_tokenize({{"text", ""}}, context()), "");
  EXPECT_EQ(parse_tokenize({{"text", "a"}, {"model", "tuned"}}, context()), "a");
  EXPECT_EQ(error_of([&] { parse_tokenize({{"txt", "a"}}, context()); }), "text: it is required");
  EXPECT_EQ(error_of([&] {
              parse_tokenize({{"text", "a"}, {"n", 1}}, context());
            }).rfind("n: unknown field", 0),
            0U);
}

TEST_F(RequestTest, SettingsBoundTheTokensOfAnAnswer) {
  settings_.max_tokens = 10;
  EXPECT_EQ(error({{"max_tokens", 11}}), "max_tokens: expected an integer from 1 to 10, found 11");
}

}  // namespace
}  // namespace tess2::serve
