// Many clients at one model: turns, a full queue, clients that leave, limits of time, the end.
#include <atomic>
#include <future>

#include "serve/inquiry.h"
#include "serve/raw_client.h"
#include "serve/server_test_support.h"

namespace tess2::serve {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

class SharingTest : public ServerTest {
 protected:
  SharingTest() {
    settings_.max_steps = 1000000;
    settings_.together = 1;
    host_.on_step = [](std::int64_t) { std::this_thread::sleep_for(milliseconds(1)); };
  }
  static Json endless() {
    Json body = ask("hello");
    body.update({{"steps", 1000000}, {"tess2", {{"commit", false}}}});
    return body;
  }
  static Json streaming(Json body) {
    body["stream"] = true;
    return body;
  }
  bool all_ended() {
    return metric("tess2_sessions_active") + metric("tess2_sessions_waiting") == 0;
  }
  bool active(int count) { return metric("tess2_sessions_active") == count; }
  void shut_down() {
    shut_down_ = true;
    server_->shut_down();
  }
};

TEST_F(SharingTest, AShortRequestIsAnsweredWhileALongOneRuns) {
  RawClient long_one(server().port());
  long_one.post(kChat, endless().dump());
  ASSERT_TRUE(soon([&] { return active(1); }));
  const Json reply = this->reply(kChat, ask("hello"));
  EXPECT_EQ(reply.at("choices").at(0).at("message").at("content"), FakeHost::seeded_text(7));
  EXPECT_TRUE(active(1));
}

TEST_F(SharingTest, ManyClientsGetTheAnswersTheyWouldGetAlone) {
  settings_.together = 3;
  settings_.max_active = 4;
  std::vector<std::future<std::string>> answers;
  server();
  for (int i = 0; i < 16; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] {
      Json body = ask("hello");
      body["seed"] = i;
      const auto result = post(kChat, body);
      return result ? Json::parse(result->body)
                          .at("choices")
                          .at(0)
                          .at("message")
                          .at("content")
                          .get<std::string>()
                    : "no reply";
    }));
  }
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(answers[static_cast<std::size_t>(i)].get(),
              FakeHost::seeded_text(static_cast<std::uint64_t>(i)));
  }
}

TEST_F(SharingTest, AFullQueueSaysWhenToComeAgain) {
  settings_.max_active = 1;
  settings_.max_waiting = 1;
  settings_.max_n = 2;
  RawClient first(server().port());
  RawClient second(server().port());
  first.post(kChat, endless().dump());
  ASSERT_TRUE(soon([&] { return active(1); }));
  second.post(kChat, endless().dump());
  ASSERT_TRUE(soon([&] { return metric("tess2_sessions_waiting") == 1; }));
  const auto refused = post(kChat, ask("hello"));
  EXPECT_THAT(error_text(refused), StartsWith("429 - the queue is full"));
  EXPECT_GE(std::stoi(refused->get_header_value("Retry-After")), 1);
  EXPECT_EQ(post(kChat, streaming(ask("hello")))->status, 429);
  first.leave();
  second.leave();
  EXPECT_TRUE(soon([&] { return all_ended(); }));
  EXPECT_EQ(post(kChat, ask("hello"))->status, 200);
}

TEST_F(SharingTest, AClientThatLeavesCancelsItsRequest) {
  for (const Json& body : {endless(), streaming(endless())}) {
    RawClient client(server().port());
    client.post(kChat, body.dump());
    ASSERT_TRUE(soon([&] { return active(1); }));
    client.leave();
    EXPECT_TRUE(soon([&] { return all_ended(); }));
  }
  EXPECT_TRUE(soon([&] {
    return metric("tess2_requests_total{path=\"/v1/chat/completions\",status=\"499\"}") == 2;
  }));
}

TEST_F(SharingTest, AClientThatLeavesWhileItWaitsGivesUpItsPlace) {
  settings_.max_active = 1;
  settings_.max_n = 1;
  RawClient first(server().port());
  first.post(kChat, endless().dump());
  ASSERT_TRUE(soon([&] { return active(1); }));
  {
    RawClient second(server().port());
    second.post(kChat, ask("hello").dump());
    ASSERT_TRUE(soon([&] { return metric("tess2_sessions_waiting") == 1; }));
  }
  EXPECT_TRUE(soon([&] { return metric("tess2_sessions_waiting") == 0; }));
  EXPECT_EQ(host_.started(), 1U);
}

TEST_F(SharingTest, AnAnswerThatTakesTooLongIsEnded) {
  settings_.request_seconds = 0.2;
  EXPECT_EQ(error_text(post(kChat, endless())), "504 - the answer took too long");
  const auto events = stream(kChat, endless());
  ASSERT_GE(events.size(), 2U);
  const Json error = Json::parse(events.at(events.size() - 2).data).at("error");
  EXPECT_EQ(error.at("message"), "the answer took too long");
  EXPECT_EQ(error.at("type"), "server_error");
  EXPECT_EQ(events.back().data, "[DONE]");
  EXPECT_TRUE(soon([&] { return all_ended(); }));
}

TEST_F(SharingTest, APieceArrivesWhileTheRestIsWritten) {
  std::promise<void> seen;
  auto released = seen.get_future().share();
  std::atomic<bool> waited_in_vain = false;
  host_.write = [](std::uint64_t) { return "the cat sat on the mat and the dog sat on the log"; };
  host_.on_step = [&, released](std::int64_t step) {
    if (step != 6) return;
    waited_in_vain = released.wait_for(std::chrono::seconds(30)) != std::future_status::ready;
  };
  RawClient client(server().port());
  client.post(kChat, streaming(ask("hello")).dump());
  client.read_until("the cat sat");
  seen.set_value();
  const std::string all = client.read_until("[DONE]");
  EXPECT_FALSE(waited_in_vain);
  EXPECT_THAT(all, HasSubstr("\"finish_reason\":\"stop\""));
}

TEST_F(SharingTest, TheEndWaitsForWhatIsInHand) {
  Json body = ask("hello");
  body.update({{"steps", 300}, {"tess2", {{"commit", false}}}});
  auto running = std::async(std::launch::async, [&, port = server().port()] {
    httplib::Client client("127.0.0.1", port);
    return client.Post(kChat, body.dump(), "application/json");
  });
  ASSERT_TRUE(soon([&] { return active(1); }));
  auto ending = std::async(std::launch::async, [&] { shut_down(); });
  ASSERT_TRUE(soon([&] {
    const auto health = httplib::Client("127.0.0.1", server_->port()).Get("/health");
    return !health || health->status == 503;
  }));
  const auto refused = httplib::Client("127.0.0.1", server_->port())
                           .Post(kChat, ask("hello").dump(), "application/json");
  if (refused) {
    EXPECT_EQ(error_text(refused), "503 - the server is shutting down");
  }
  ending.get();
  thread_.join();
  const auto result = running.get();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->status, 200);
  server_.reset();
}

TEST_F(SharingTest, TheEndDoesNotWaitForever) {
  settings_.shutdown_seconds = 0.1;
  RawClient whole(server().port());
  RawClient streamed(server().port());
  RawClient idle(server().port());
  RawClient begun(server().port());
  begun.send("POST /v1/infill HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n");
  whole.post(kChat, endless().dump());
  streamed.post(kChat, streaming(endless()).dump());
  ASSERT_TRUE(soon([&] { return active(2); }));
  const auto begin = steady_clock::now();
  shut_down();
  thread_.join();
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_THAT(whole.read_all(), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(streamed.read_all(), HasSubstr("the server is shutting down"));
  EXPECT_EQ(idle.read_all(), "");
  server_.reset();
}

}  // namespace
}  // namespace tess2::serve
