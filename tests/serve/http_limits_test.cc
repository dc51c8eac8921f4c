// Requests that are too large, too slow or not HTTP: server, connection and body.
#include "serve/connection.h"
#include "serve/raw_client.h"
#include "serve/read_body.h"
#include "serve/server_test_support.h"

namespace tess2::serve {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HttpLimitsTest : public ServerTest {
 protected:
  std::string padded(std::size_t size) {
    std::string body = ask("hello").dump();
    body.resize(std::max(size, body.size()), ' ');
    return body;
  }
  /// `text` as a body in chunks of `size` bytes.
  static std::string chunked(std::string_view text, std::size_t size) {
    std::string out;
    while (!text.empty()) {
      const std::string_view part = text.substr(0, size);
      std::array<char, 32> length{};
      std::snprintf(length.data(), length.size(), "%zx\r\n", part.size());
      out += length.data() + std::string(part) + "\r\n";
      text.remove_prefix(part.size());
    }
    return out + "0\r\n\r\n";
  }
  static std::string chunked_head() {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
           "Transfer-Encoding: chunked\r\n\r\n";
  }
};

TEST_F(HttpLimitsTest, ABodyOfTheLargestSizeIsRead) {
  settings_.max_body_bytes = 2048;
  EXPECT_EQ(post_text(kChat, padded(2048))->status, 200);
}

TEST_F(HttpLimitsTest, ALargerBodyIsRefused) {
  settings_.max_body_bytes = 2048;
  EXPECT_EQ(error_text(post_text(kChat, padded(2049))),
            "413 - the body: expected at most 2048 bytes, found more");
  EXPECT_EQ(error_text(post_text(kChat, padded(5 << 20))),
            "413 - the body: expected at most 2048 bytes, found more");
}

TEST_F(HttpLimitsTest, ChunksAreReadAndBoundedToo) {
  settings_.max_body_bytes = 2048;
  RawClient good(server().port());
  good.send(chunked_head() + chunked(padded(2000), 300));
  EXPECT_THAT(good.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  RawClient large(server().port());
  large.send(chunked_head());
  large.send(chunked(padded(100000), 1000));
  EXPECT_THAT(large.read_all(), StartsWith("HTTP/1.1 413"));
}

TEST_F(HttpLimitsTest, ASlowBodyIsNotWaitedForLongerThanTheLimit) {
  settings_.read_seconds = 0.3;
  RawClient slow(server().port());
  slow.send(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Content-Length: 100\r\n\r\n{");
  const auto begin = std::chrono::steady_clock::now();
  const std::string reply = slow.read_all();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 408"));
  EXPECT_THAT(reply, HasSubstr("the request did not arrive in time"));
}

// A byte now and then does not help: the time is that of the whole request.
TEST_F(HttpLimitsTest, AHeadThatTricklesIsCutOff) {
  settings_.read_seconds = 0.3;
  RawClient slow(server().port());
  slow.send("GET /health HTTP/1.1\r\nX: ");
  bool cut_off = false;
  for (int i = 0; i < 200 && !cut_off; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    cut_off = !slow.send("x");
  }
  EXPECT_TRUE(cut_off);
}

TEST_F(HttpLimitsTest, ABodyThatBreaksOffIsRefused) {
  RawClient client(server().port());
  client.send(
      "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
  EXPECT_THAT(client.read_all(), StartsWith("HTTP/1.1 400"));
}

TEST_F(HttpLimitsTest, HeadsThatCannotBeReadAreRefused) {
  RawClient odd(server().port());
  odd.send("HELLO\r\n\r\n");
  EXPECT_THAT(odd.read_until("}}"), StartsWith("HTTP/1.1 400"));
  RawClient long_path(server().port());
  long_path.send("GET /" + std::string(10000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(long_path.read_until("}}"), StartsWith("HTTP/1.1 414"));
  RawClient endless(server().port());
  endless.send("GET /health HTTP/1.1\r\n");
  bool taken = true;
  for (int i = 0; i < 100000 && taken; ++i) {
    taken = endless.send("X-" + std::to_string(i) + ": " + std::string(1000, 'y') + "\r\n");
  }
  EXPECT_FALSE(taken);
  EXPECT_EQ(client().Get("/health")->status, 200);
}

TEST_F(HttpLimitsTest, AnUnreadBodyIsNotTakenForARequest) {
  RawClient client(server().port());
  const std::string hidden = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
  client.send("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: " +
              std::to_string(hidden.size()) + "\r\n\r\n" + hidden);
  const std::string reply = client.read_all();
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(reply, Not(HasSubstr("HTTP/1.1 200")));
}

// Else a proxy before the server could be made to see other requests than the server.
TEST_F(HttpLimitsTest, WhatFollowsAHeadThatCannotBeReadIsNotTakenForARequest) {
  const std::string hidden = "\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const std::string& head :
       {std::string("HELLO\r\n"), "GET / HTTP/1.1\r\nX: " + std::string(70000, 'x') + "\r\n",
        "GET /" + std::string(10000, 'x') + " HTTP/1.1\r\n"}) {
    RawClient client(server().port());
    client.send(head + hidden);
    const std::string reply = client.read_all();
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 4"));
    EXPECT_THAT(reply, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_EQ(reply.find("HTTP/1.1", 1), std::string::npos) << reply;
  }
}

TEST_F(HttpLimitsTest, AHeadThatStallsIsAnsweredAndItsConnectionClosed) {
  settings_.read_seconds = 0.3;
  RawClient slow(server().port());
  slow.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n");
  const std::string reply = slow.read_all();
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(reply.find("HTTP/1.1", 1), std::string::npos) << reply;
  EXPECT_THAT(client().Get("/metrics")->body,
              HasSubstr("tess2_requests_total{path=\"/v1/chat/completions\",status=\"408\"} 1\n"));
}

// There is no request yet that could be answered.
TEST_F(HttpLimitsTest, AFirstLineThatStallsIsCutOff) {
  settings_.read_seconds = 0.3;
  RawClient slow(server().port());
  slow.send("POST /v1/chat/comp");
  EXPECT_EQ(slow.read_all(), "");
  EXPECT_THAT(client().Get("/metrics")->body,
              HasSubstr("tess2_requests_total{path=\"other\",status=\"408\"} 1\n"));
}

TEST_F(HttpLimitsTest, AReplyTellsWhetherItsConnectionStaysOpen) {
  settings_.max_body_bytes = 2048;
  const auto head_of = [&](const std::string& body) {
    RawClient client(server().port());
    client.post(kChat, body);
    return client.read_until("\r\n\r\n");
  };
  EXPECT_THAT(head_of(padded(0)), HasSubstr("\r\nKeep-Alive: "));
  EXPECT_THAT(head_of(padded(0)), Not(HasSubstr("\r\nConnection: ")));
  EXPECT_THAT(head_of(padded(3000)), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(head_of(padded(3000)), Not(HasSubstr("\r\nKeep-Alive: ")));
}

TEST_F(HttpLimitsTest, PartsOfARepliesAreNotServed) {
  const auto result = client().Get("/health", {{"Range", "bytes=0-3"}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  EXPECT_EQ(result->body, "{\"status\":\"ok\"}");
}

TEST_F(HttpLimitsTest, AClientMaySayThatItIsDoneAndStillRead) {
  RawClient client(server().port());
  client.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  client.finish();
  EXPECT_THAT(client.read_all(), HasSubstr("{\"status\":\"ok\"}"));
}

TEST_F(HttpLimitsTest, AnIdleConnectionIsClosed) {
  settings_.idle_seconds = 0.2;
  RawClient idle(server().port());
  EXPECT_EQ(idle.read_all(), "");
}

}  // namespace
}  // namespace tess2::serve
