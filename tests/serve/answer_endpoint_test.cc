#include "serve/answer_endpoint.h"

#include <set>

#include "serve/server_test_support.h"
#include "text/dialogue.h"

namespace tess2::serve {
namespace {

using testing::ElementsAre;
using testing::StartsWith;
using Json = nlohmann::json;

class AnswerEndpointTest : public ServerTest {
 protected:
  /// The text of each answer of a stream, put together; checks the form of its chunks.
  std::vector<std::string> streamed_texts(const std::vector<SentEvent>& events, std::size_t n,
                                          bool chat = true) {
    std::vector<std::string> texts(n);
    std::vector<std::string> reasons(n);
    for (const SentEvent& event : events) {
      if (!event.name.empty() || event.data == "[DONE]") continue;
      const Json chunk = Json::parse(event.data);
      EXPECT_EQ(chunk.at("object"), chat ? "chat.completion.chunk" : "text_completion");
      for (const Json& choice : chunk.at("choices")) {
        const std::size_t index = choice.at("index");
        EXPECT_EQ(reasons.at(index), "") << "text after the end";
        texts[index] += chat ? choice.at("delta").value("content", "") : choice.value("text", "?");
        if (!choice.at("finish_reason").is_null()) reasons[index] = choice.at("finish_reason");
      }
    }
    for (const std::string& reason : reasons) EXPECT_TRUE(reason == "stop" || reason == "length");
    EXPECT_EQ(events.back().data, "[DONE]");
    return texts;
  }
  static std::string content(const Json& reply, std::size_t index = 0) {
    return reply.at("choices").at(index).at("message").at("content");
  }
};

TEST_F(AnswerEndpointTest, AChatIsAnswered) {
  const Json reply = this->reply(kChat, ask("hello"));
  EXPECT_THAT(reply.at("id").get<std::string>(), StartsWith("chatcmpl-"));
  EXPECT_EQ(reply.at("object"), "chat.completion");
  EXPECT_EQ(reply.at("model"), "fake");
  EXPECT_GT(reply.at("created"), 1600000000);
  const Json choice = reply.at("choices").at(0);
  EXPECT_EQ(choice,
            (Json{{"index", 0},
                  {"message", {{"role", "assistant"}, {"content", FakeHost::seeded_text(7)}}},
                  {"finish_reason", "stop"},
                  {"logprobs", nullptr}}));
  const std::vector<text::Message> messages = {{"user", "hello"}};
  const auto prompt = text::encode_prompt(messages, host_.tokenizer());
  const auto answer = host_.tokenizer().encode(FakeHost::seeded_text(7));
  EXPECT_EQ(reply.at("usage"), (Json{{"prompt_tokens", prompt.size()},
                                     {"completion_tokens", answer.size() + 1},
                                     {"total_tokens", prompt.size() + answer.size() + 1}}));
  const Json extension = reply.at("tess2");
  EXPECT_EQ(extension.at("seeds"), Json({7}));
  EXPECT_GE(extension.at("total_ms"), extension.at("compute_ms"));
  EXPECT_GE(extension.at("queue_ms"), 0);
  // The canvas: the prompt, then the answer's places to its end.
  const generate::Layout layout = host_.layouts().at(0);
  ASSERT_EQ(layout.ids.size(), 64U);
  EXPECT_TRUE(std::equal(prompt.begin(), prompt.end(), layout.ids.begin()));
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(layout.span_mask[i], i < prompt.size() ? 0 : 1);
}

TEST_F(AnswerEndpointTest, TheFieldsReachTheSession) {
  host_.guides = true;
  Json body = ask("hello");
  body.update({{"steps", 5},
               {"temperature", 0.5},
               {"top_p", 0.25},
               {"max_tokens", 9},
               {"guidance_scale", 3},
               {"seed", 11},
               {"tess2", {{"block_length", 4}}}});
  reply(kChat, body);
  const auto settings = host_.settings().at(0);
  EXPECT_EQ(settings.seed, 11U);
  EXPECT_EQ(settings.sampler.steps, 5);
  EXPECT_EQ(settings.sampler.projection.temperature, 0.5);
  EXPECT_EQ(settings.sampler.projection.top_p, 0.25);
  EXPECT_EQ(settings.guidance.scale, 3);
  EXPECT_TRUE(settings.commitment.enabled);
  EXPECT_EQ(settings.block_length, 4);
  const auto mask = host_.layouts().at(0).span_mask;
  EXPECT_EQ(std::count(mask.begin(), mask.end(), 1), 9);
  body["temperature"] = 0;
  reply(kChat, body);
  EXPECT_EQ(host_.settings().at(1).sampler.projection.top_p, 0.0);
}

TEST_F(AnswerEndpointTest, StepsMayBeAutomatic) {
  Json body = ask("hello");
  body.update({{"steps", "auto"}, {"tess2", {{"commit", false}}}});
  EXPECT_EQ(reply(kChat, body).at("tess2").at("steps"), Json({4}));
  EXPECT_TRUE(host_.settings().at(0).until_converged);
}

TEST_F(AnswerEndpointTest, AFullCanvasEndsForItsLength) {
  Json body = ask("hello");
  body["max_tokens"] = 2;
  const Json choice = reply(kChat, body).at("choices").at(0);
  EXPECT_EQ(choice.at("finish_reason"), "length");
  const auto tokens = host_.tokenizer().encode(FakeHost::seeded_text(7));
  EXPECT_EQ(choice.at("message").at("content"),
            host_.tokenizer().decode(std::span(tokens).first(2)));
}

TEST_F(AnswerEndpointTest, AnAnswerEndsBeforeAStopText) {
  host_.write = [](std::uint64_t) { return "the cat sat on the mat"; };
  Json body = ask("hello");
  body["stop"] = {" mat", " on t"};
  const Json reply = this->reply(kChat, body);
  EXPECT_EQ(content(reply), "the cat sat");
  EXPECT_EQ(reply.at("choices").at(0).at("finish_reason"), "stop");
  EXPECT_THAT(streamed_texts(stream(kChat, body), 1), ElementsAre("the cat sat"));
}

TEST_F(AnswerEndpointTest, APromptThatLeavesNoPlaceIsRefused) {
  Json body = ask(std::string(400, 'z'));
  EXPECT_THAT(error_text(post(kChat, body)),
              StartsWith("400 messages messages: it leaves no place for an answer: "));
  EXPECT_THAT(error_text(post(kCompletions, {{"prompt", std::string(400, 'z')}})),
              StartsWith("400 prompt prompt: it leaves no place"));
  body = ask("hello");
  body["max_tokens"] = 60;
  EXPECT_THAT(error_text(post(kChat, body)),
              StartsWith("400 max_tokens max_tokens: expected at most "));
}

TEST_F(AnswerEndpointTest, SeedsAreToldAndRepeatTheAnswer) {
  Json body = ask("hello");
  body.erase("seed");
  std::set<std::uint64_t> seeds;
  for (int i = 0; i < 3; ++i) {
    const Json first = reply(kChat, body);
    const std::uint64_t seed = first.at("tess2").at("seeds").at(0);
    EXPECT_LT(seed, std::uint64_t{1} << 53);
    seeds.insert(seed);
    Json again = body;
    again["seed"] = seed;
    EXPECT_EQ(content(reply(kChat, again)), content(first));
  }
  EXPECT_EQ(seeds.size(), 3U);
}

TEST_F(AnswerEndpointTest, SeveralAnswersHaveSeedsOfTheirOwn) {
  Json body = ask("hello");
  body["n"] = 3;
  const Json several = reply(kChat, body);
  ASSERT_EQ(several.at("choices").size(), 3U);
  const Json seeds = several.at("tess2").at("seeds");
  EXPECT_EQ(seeds.at(0), 7);
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    Json alone = ask("hello");
    alone["seed"] = seeds.at(i);
    const Json one = reply(kChat, alone);
    EXPECT_EQ(content(one), content(several, i));
    EXPECT_EQ(several.at("choices").at(i).at("index"), i);
    EXPECT_LT(seeds.at(i).get<std::uint64_t>(), std::uint64_t{1} << 53);
    tokens += one.at("usage").at("completion_tokens").get<std::int64_t>();
  }
  EXPECT_EQ(several.at("usage").at("completion_tokens"), tokens);
  EXPECT_NE(seeds.at(1), seeds.at(2));
  const auto texts = streamed_texts(stream(kChat, body), 3);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(texts[i], content(several, i));
}

TEST_F(AnswerEndpointTest, AStreamIsOpenAisChunks) {
  Json body = ask("hello");
  body["stream_options"] = {{"include_usage", true}};
  const auto events = stream(kChat, body);
  const Json first = Json::parse(events.at(0).data);
  EXPECT_EQ(first.at("choices").at(0).at("delta"), (Json{{"role", "assistant"}, {"content", ""}}));
  EXPECT_TRUE(first.at("usage").is_null());
  const Json last = Json::parse(events.at(events.size() - 2).data);
  EXPECT_EQ(last.at("choices"), Json::array());
  const Json whole = reply(kChat, ask("hello"));
  EXPECT_EQ(last.at("usage"), whole.at("usage"));
  const Json end = Json::parse(events.at(events.size() - 3).data);
  EXPECT_EQ(end.at("choices").at(0).at("finish_reason"), "stop");
  EXPECT_EQ(end.at("tess2").at("seeds"), Json({7}));
  for (const SentEvent& event : events) {
    if (event.data == "[DONE]") continue;
    EXPECT_EQ(Json::parse(event.data).at("id"), first.at("id"));
  }
  for (const SentEvent& event : stream(kChat, ask("hello"))) {
    if (event.data == "[DONE]") continue;
    EXPECT_FALSE(Json::parse(event.data).contains("usage"));
  }
}

// Words, characters of several bytes, and none at all.
TEST_F(AnswerEndpointTest, AStreamSaysWhatTheWholeReplySays) {
  const std::vector<std::string> texts = {"the cat sat on the mat",
                                          "na\xc3\xafve \xf0\x9f\x90\xb1!", "", "a\n\nb  c"};
  std::uint64_t seed = 0;
  host_.write = [&](std::uint64_t which) { return texts.at(which); };
  for (const std::string& text : texts) {
    for (const bool commit : {true, false}) {
      for (const int steps : {1, 3, 50}) {
        Json body = ask("hello");
        body.update({{"seed", seed}, {"steps", steps}, {"tess2", {{"commit", commit}}}});
        const Json whole = reply(kChat, body);
        EXPECT_EQ(content(whole), text);
        EXPECT_THAT(streamed_texts(stream(kChat, body), 1), ElementsAre(content(whole)));
      }
    }
    ++seed;
  }
}

TEST_F(AnswerEndpointTest, CommittedTextComesInPiecesAndUncommittedInOne) {
  host_.write = [](std::uint64_t) { return "the cat sat on the mat and the dog sat on the log"; };
  Json body = ask("hello");
  body["steps"] = 40;
  const auto pieces = [&](const std::vector<SentEvent>& events) {
    std::size_t count = 0;
    for (const SentEvent& event : events) {
      if (event.data == "[DONE]") continue;
      const Json delta = Json::parse(event.data).at("choices").at(0).at("delta");
      if (!delta.value("content", "").empty()) ++count;
    }
    return count;
  };
  EXPECT_GT(pieces(stream(kChat, body)), 3U);
  body["tess2"] = {{"commit", false}};
  EXPECT_EQ(pieces(stream(kChat, body)), 1U);
}

TEST_F(AnswerEndpointTest, NothingIsComputedAfterTheCommittedEnd) {
  host_.write = [](std::uint64_t) { return "the cat"; };
  Json body = ask("hello");
  body["steps"] = 100;
  const Json committed = reply(kChat, body);
  EXPECT_LT(committed.at("tess2").at("steps").at(0), 60);
  EXPECT_EQ(content(committed), "the cat");
  EXPECT_EQ(committed.at("choices").at(0).at("finish_reason"), "stop");
  body["tess2"] = {{"commit", false}};
  EXPECT_EQ(reply(kChat, body).at("tess2").at("steps"), Json({100}));
}

TEST_F(AnswerEndpointTest, TheCanvasComesAfterEachStep) {
  Json body = ask("hello");
  body.update(
      {{"steps", 6}, {"tess2", {{"canvas", true}, {"alternatives", 2}, {"commit", false}}}});
  std::int64_t step = 0;
  Json last;
  for (const SentEvent& event : stream(kChat, body)) {
    if (event.name.empty()) continue;
    EXPECT_EQ(event.name, "tess2.canvas");
    last = Json::parse(event.data);
    EXPECT_EQ(last.at("object"), "tess2.canvas");
    EXPECT_EQ(last.at("step"), ++step);
    EXPECT_EQ(last.at("steps"), 6);
    EXPECT_EQ(last.at("index"), 0);
    EXPECT_EQ(last.at("committed"), 0);
  }
  EXPECT_EQ(step, 6);
  // Up to the answer's end.
  const auto tokens = host_.tokenizer().encode(FakeHost::seeded_text(7));
  ASSERT_EQ(last.at("slots").size(), tokens.size());
  const Json slot = last.at("slots").at(0);
  EXPECT_EQ(slot.at("id"), tokens[0]);
  EXPECT_EQ(slot.at("probability"), 0.75);
  EXPECT_EQ(slot.at("entropy"), 0.5);
  EXPECT_EQ(slot.at("settled"), true);
  EXPECT_EQ(slot.at("settled_at"), 6);
  EXPECT_EQ(slot.at("alternatives").size(), 2U);
  const auto mask = host_.layouts().at(0).span_mask;
  EXPECT_EQ(slot.at("position"), std::find(mask.begin(), mask.end(), 1) - mask.begin());
}

TEST_F(AnswerEndpointTest, ACompletionGoesOnWithAText) {
  const Json body = {{"prompt", "the cat"}, {"seed", 7}};
  const Json reply = this->reply(kCompletions, body);
  EXPECT_THAT(reply.at("id").get<std::string>(), StartsWith("cmpl-"));
  EXPECT_EQ(reply.at("object"), "text_completion");
  EXPECT_EQ(reply.at("choices").at(0), (Json{{"index", 0},
                                             {"text", " " + FakeHost::seeded_text(7)},
                                             {"finish_reason", "stop"},
                                             {"logprobs", nullptr}}));
  const auto& tokenizer = host_.tokenizer();
  std::vector<text::TokenId> prompt = tokenizer.encode("the cat");
  prompt.insert(prompt.begin(), tokenizer.bos());
  const auto layout = host_.layouts().at(0);
  EXPECT_TRUE(std::equal(prompt.begin(), prompt.end(), layout.ids.begin()));
  EXPECT_EQ(layout.span_mask[prompt.size()], 1);
  EXPECT_EQ(reply.at("usage").at("prompt_tokens"), prompt.size());
  EXPECT_THAT(streamed_texts(stream(kCompletions, body), 1, false),
              ElementsAre(" " + FakeHost::seeded_text(7)));
}

// Put behind its prompt, a completion is the whole text: the space between them is the answer's.
TEST_F(AnswerEndpointTest, ACompletionKeepsTheSpaceItBeginsWith) {
  const auto& tokenizer = host_.tokenizer();
  ASSERT_THAT(generate::token_text(tokenizer, tokenizer.encode("cat").front()), StartsWith(" "));
  for (const bool commit : {true, false}) {
    const Json body = {{"prompt", "the"}, {"seed", 7}, {"tess2", {{"commit", commit}}}};
    EXPECT_EQ(reply(kCompletions, body).at("choices").at(0).at("text"),
              " " + FakeHost::seeded_text(7));
    EXPECT_THAT(streamed_texts(stream(kCompletions, body), 1, false),
                ElementsAre(" " + FakeHost::seeded_text(7)));
  }
  host_.write = [](std::uint64_t) { return ""; };
  EXPECT_EQ(reply(kCompletions, {{"prompt", "the"}}).at("choices").at(0).at("text"), "");
}

TEST_F(AnswerEndpointTest, AStreamIsNotCompressed) {
  Json body = ask("hello");
  body["stream"] = true;
  const auto result = post_text(kChat, body.dump(), {{"Accept-Encoding", "gzip, br"}});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->has_header("Content-Encoding"));
  EXPECT_EQ(result->get_header_value("Cache-Control"), "no-cache");
  EXPECT_EQ(events_of(result->body).back().data, "[DONE]");
}

TEST_F(AnswerEndpointTest, AnErrorOfOneRequestIsItsAlone) {
  host_.on_step = [this](std::int64_t step) {
    if (step == 1 && host_.started() == 1) throw Error("the model broke");
  };
  EXPECT_EQ(error_text(post(kChat, ask("hello"))), "500 - the model broke");
  EXPECT_EQ(content(reply(kChat, ask("hello"))), FakeHost::seeded_text(7));
}

TEST_F(AnswerEndpointTest, AnErrorInAStreamIsAnEvent) {
  host_.on_step = [](std::int64_t step) {
    if (step == 1) throw Error("the model broke");
  };
  const auto events = stream(kChat, ask("hello"));
  ASSERT_GE(events.size(), 2U);
  EXPECT_EQ(Json::parse(events.at(events.size() - 2).data).at("error").at("message"),
            "the model broke");
  EXPECT_EQ(events.back().data, "[DONE]");
  EXPECT_TRUE(soon([&] {
    return metric("tess2_requests_total{path=\"/v1/chat/completions\",status=\"500\"}") == 1;
  }));
}

TEST(AnswerSeed, TheFirstIsTheRequestsOwn) {
  EXPECT_EQ(answer_seed(7, 0), 7U);
  EXPECT_EQ(answer_seed(UINT64_MAX, 0), UINT64_MAX);
  std::set<std::uint64_t> seeds;
  for (std::uint64_t i = 1; i < 1000; ++i) {
    EXPECT_LT(answer_seed(7, i), std::uint64_t{1} << 53);
    seeds.insert(answer_seed(7, i));
  }
  EXPECT_EQ(seeds.size(), 999U);
  EXPECT_NE(answer_seed(7, 1), answer_seed(8, 1));
}

}  // namespace
}  // namespace tess2::serve
