// Paths, methods, keys, the page, and what errors look like.
#include "serve/server.h"

#include <cstdlib>

#include "core/error.h"
#include "serve/page.h"
#include "serve/server_test_support.h"

namespace tess2::serve {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(ServerTest, TellsItsAddress) {
  EXPECT_EQ(server().address(), "http://127.0.0.1:" + std::to_string(server().port()));
  EXPECT_GT(server().port(), 0);
}

TEST_F(ServerTest, TwoServersDoNotShareAPort) {
  ServeSettings settings = settings_;
  settings.port = server().port();
  EXPECT_THROW(Server(host_, settings), Error);
}

TEST_F(ServerTest, SettingsThatContradictEachOtherAreRefused) {
  ServeSettings settings = settings_;
  settings.max_n = 100;
  EXPECT_THROW(Server(host_, settings), UsageError);
  settings = settings_;
  settings.session.guidance.scale = 1;
  EXPECT_THROW(Server(host_, settings), UsageError);
  settings = settings_;
  settings.session.sampler.steps = 2000;
  EXPECT_THROW(Server(host_, settings), UsageError);
}

TEST_F(ServerTest, IsHealthy) {
  const auto result = client().Get("/health");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(Json::parse(result->body), (Json{{"status", "ok"}}));
  const auto head = client().Head("/health");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->body, "");
}

TEST_F(ServerTest, TellsOfItsModel) {
  const auto list = client().Get("/v1/models");
  ASSERT_TRUE(list);
  const Json models = Json::parse(list->body);
  EXPECT_EQ(models.at("object"), "list");
  const Json model = models.at("data").at(0);
  EXPECT_EQ(model.at("id"), "fake");
  EXPECT_EQ(model.at("object"), "model");
  EXPECT_EQ(model.at("tess2").at("length"), 64);
  EXPECT_EQ(model.at("tess2").at("can_guide"), false);
  const auto one = client().Get("/v1/models/fake");
  ASSERT_TRUE(one);
  EXPECT_EQ(Json::parse(one->body), model);
  EXPECT_EQ(error_text(client().Get("/v1/models/gpt")), "404 model no such model: gpt");
}

TEST_F(ServerTest, CutsTextsIntoTokens) {
  const Json tokens = reply("/v1/tokenize", {{"text", "the cat\n"}});
  const auto ids = host_.tokenizer().encode("the cat\n");
  ASSERT_EQ(tokens.at("count"), ids.size());
  std::string text;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(tokens.at("tokens").at(i).at("id"), ids[i]);
    text += tokens.at("tokens").at(i).at("text").get<std::string>();
  }
  EXPECT_EQ(text, " the cat\n");
  EXPECT_EQ(reply("/v1/tokenize", {{"text", ""}}).at("count"), 0);
}

TEST_F(ServerTest, UnknownPathsAndWrongMethods) {
  EXPECT_EQ(error_text(client().Get("/v2")), "404 - no such path: /v2");
  EXPECT_EQ(error_text(post("/v1/chat", {})), "404 - no such path: /v1/chat");
  const auto get = client().Get(kChat);
  EXPECT_EQ(error_text(get), "405 - expected POST, found GET");
  EXPECT_EQ(get->get_header_value("Allow"), "POST");
  const auto put = client().Put("/health", "x", "text/plain");
  EXPECT_EQ(error_text(put), "405 - expected GET, HEAD, found PUT");
  EXPECT_EQ(put->get_header_value("Allow"), "GET, HEAD");
  EXPECT_EQ(error_text(post("/v1/models", {})), "405 - expected GET, HEAD, found POST");
  EXPECT_EQ(error_text(client().Delete(kChat)), "405 - expected POST, found DELETE");
  EXPECT_EQ(error_text(client().Options(kInfill)), "405 - expected POST, found OPTIONS");
}

TEST_F(ServerTest, ServesThePage) {
  const auto page = client().Get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body, find_page_file("/")->content);
  EXPECT_EQ(page->get_header_value("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(page->get_header_value("X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(page->get_header_value("Content-Security-Policy"),
              AllOf(HasSubstr("default-src 'none'"), HasSubstr("script-src 'self'")));
  const std::string tag = page->get_header_value("ETag");
  const auto again = client().Get("/index.html", {{"If-None-Match", tag}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->status, 304);
  EXPECT_EQ(again->body, "");
}

TEST_F(ServerTest, AKeyIsAskedForWhereThereIsOne) {
  settings_.api_key = "secret-7";
  const std::string body = ask("hello").dump();
  const auto without = post_text(kChat, body);
  EXPECT_EQ(error_text(without), "401 - a key is required: send `Authorization: Bearer KEY`");
  EXPECT_EQ(without->get_header_value("WWW-Authenticate"), "Bearer");
  for (const char* header : {"Bearer secret-8", "Bearer secret", "Bearer secret-77", "Bearer ",
                             "secret-7", "Basic secret-7"}) {
    EXPECT_EQ(error_text(post_text(kChat, body, {{"Authorization", header}})),
              "401 - the key is not the server's")
        << header;
  }
  for (const char* header : {"Bearer secret-7", "bearer secret-7"}) {
    const auto result = post_text(kChat, body, {{"Authorization", header}});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 200) << header;
  }
  EXPECT_EQ(client().Get("/v1/models")->status, 401);
  EXPECT_EQ(client().Get("/metrics")->status, 401);
  EXPECT_EQ(client().Get("/")->status, 200);
  EXPECT_EQ(client().Get("/health")->status, 200);
}

TEST_F(ServerTest, RefusesBodiesThatAreNotWhatTheyMustBe) {
  EXPECT_THAT(error_text(post_text(kChat, "{\"messages\": [")), StartsWith("400 - the body: "));
  EXPECT_THAT(error_text(post_text(kChat, "")), HasSubstr("found nothing"));
  EXPECT_THAT(error_text(post_text(kChat, "{\"a\": \"\xff\"}")), HasSubstr("UTF-8"));
  EXPECT_EQ(error_text(post_text(kChat, R"({"seed": 1, "seed": 2})")),
            "400 seed seed: the field is given twice");
  EXPECT_THAT(
      error_text(post_text(kChat, "{\"a\":" + std::string(50, '[') + std::string(50, ']') + "}")),
      HasSubstr("nested"));
  EXPECT_EQ(error_text(client().Post(kChat, "{}", "text/plain")),
            "415 - Content-Type: expected application/json, found text/plain");
  EXPECT_EQ(
      error_text(client().Post(kChat, "a=b", "application/x-www-form-urlencoded")),
      "415 - Content-Type: expected application/json, found application/x-www-form-urlencoded");
  Json body = ask("hello");
  body["max_tokens"] = -1;
  EXPECT_EQ(error_text(post(kChat, body)),
            "400 max_tokens max_tokens: expected an integer from 1 to 64, found -1");
  body = ask("hello");
  body["model"] = "gpt";
  const auto other = post(kChat, body);
  EXPECT_EQ(error_text(other), "404 model model: expected \"fake\", found \"gpt\"");
  EXPECT_EQ(Json::parse(other->body).at("error").at("code"), "model_not_found");
  EXPECT_EQ(host_.started(), 0U);
}

TEST_F(ServerTest, TheTypeOfABodyMayBeWrittenInSeveralWays) {
  for (const char* type :
       {"application/json", "application/json; charset=utf-8", "Application/JSON"}) {
    const auto result = client().Post(kChat, ask("hello").dump(), type);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 200) << type;
  }
}

TEST_F(ServerTest, AServerThatNeverRunsLetsGoOfItsPort) {
  ServeSettings settings = settings_;
  {
    const Server idle(host_, settings);
    settings.port = idle.port();
  }
  EXPECT_EQ(Server(host_, settings).port(), settings.port);
}

TEST_F(ServerTest, OneConnectionServesManyRequests) {
  httplib::Client keeping("127.0.0.1", server().port());
  keeping.set_keep_alive(true);
  for (int i = 0; i < 20; ++i) {
    const auto result =
        keeping.Post(kChat, i % 2 == 0 ? ask("hello").dump() : "{}", "application/json");
    ASSERT_TRUE(result) << i;
    EXPECT_EQ(result->status, i % 2 == 0 ? 200 : 400);
  }
}

TEST_F(ServerTest, CountsWhatItDoes) {
  const Json first = reply(kChat, ask("hello"));
  client().Get("/nowhere");
  EXPECT_TRUE(soon([&] {
    return metric("tess2_requests_total{path=\"/v1/chat/completions\",status=\"200\"}") == 1;
  }));
  EXPECT_TRUE(
      soon([&] { return metric("tess2_requests_total{path=\"other\",status=\"404\"}") == 1; }));
  EXPECT_EQ(metric("tess2_prompt_tokens_total"), first.at("usage").at("prompt_tokens"));
  EXPECT_EQ(metric("tess2_answer_tokens_total"), first.at("usage").at("completion_tokens"));
  EXPECT_EQ(metric("tess2_steps_total"), first.at("tess2").at("steps").at(0));
  EXPECT_EQ(metric("tess2_queue_seconds_count"), 1);
  EXPECT_GE(metric("tess2_requests_in_flight"), 1);  // the asking for it
  EXPECT_GT(metric("tess2_committed_tokens_total"), 0);
}

}  // namespace
}  // namespace tess2::serve
