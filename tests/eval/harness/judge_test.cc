#include "eval/harness/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/harness/judge_stand_in.h"
#include "support/temporary_folder.h"

namespace tess2::eval {
namespace {

using test_support::error_of;
using testing::HasSubstr;
using testing::StartsWith;

std::string ask_error(const JudgeStandIn::Handler& handler, double timeout = 20.0) {
  const JudgeStandIn server(handler);
  Judge judge({server.url(), "m", "", timeout});
  const std::string message = error_of([&] { judge.ask("i", "a", "b"); });
  const std::string expected = "judge " + server.url() + ": ";
  EXPECT_THAT(message, StartsWith(expected));
  EXPECT_EQ(message.find('\n'), std::string::npos);
  return message.substr(std::min(message.size(), expected.size()));
}

TEST(Judge, AsksInOpenAisFormAndReadsTheAnswer) {
  const JudgeStandIn server(prefer("good"));
  Judge judge({server.url() + "/", "some-model", "secret", 20.0});
  EXPECT_EQ(judge.ask("Do.", "good", "bad").preference, Preference::kFirst);
  EXPECT_EQ(judge.ask("Do.", "bad", "good").preference, Preference::kSecond);
  const auto& request = server.requests().at(0);
  EXPECT_EQ(request["model"], "some-model");
  EXPECT_EQ(request["temperature"], 0);
  EXPECT_THAT(request["messages"][1]["content"].get<std::string>(), HasSubstr("Do."));
  EXPECT_EQ(server.authorization(), "Bearer secret");
}

TEST(Judge, ATieIsOne) {
  const JudgeStandIn server([](const auto&, auto& response) { say("TIE", response); });
  Judge judge({server.url(), "m", "", 20.0});
  EXPECT_EQ(judge.ask("i", "a", "b").preference, Preference::kTie);
  EXPECT_EQ(server.authorization(), "");
}

TEST(Judge, NonsenseIsAnError) {
  EXPECT_EQ(ask_error([](const auto&, auto& response) { say("Both are\nfine", response); }),
            "expected A, B or TIE, found Both are\\nfine");
  EXPECT_EQ(ask_error([](const auto&, auto& response) { say("", response); }),
            "expected A, B or TIE, found empty text");
  EXPECT_EQ(
      ask_error([](const auto&, auto& response) { response.set_content("<html>", "text/html"); }),
      "expected a chat completion with choices[0].message.content, found <html>");
  EXPECT_EQ(ask_error([](const auto&, auto& response) {
              response.set_content(R"({"choices": []})", "application/json");
            }),
            "expected a chat completion with choices[0].message.content, found {\"choices\": []}");
  EXPECT_EQ(ask_error([](const auto&, auto& response) { response.set_content("", "text/plain"); }),
            "expected a chat completion with choices[0].message.content, found nothing");
  EXPECT_EQ(ask_error([](const auto&, auto& response) {
              response.status = 500;
              response.set_content("broken", "text/plain");
            }),
            "expected status 200, found 500: broken");
}

TEST(Judge, ASlowOneIsNotWaitedForForever) {
  EXPECT_EQ(ask_error(
                [](const auto&, auto& response) {
                  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
                  say("A", response);
                },
                0.5),
            "no answer within 0.5 s");
}

TEST(Judge, NobodyThereIsAnError) {
  Judge judge({"http://127.0.0.1:1/v1", "m", "", 5.0});
  EXPECT_THAT(error_of([&] { judge.ask("i", "a", "b"); }),
              StartsWith("judge http://127.0.0.1:1/v1: cannot be reached: "));
}

TEST(Judge, AnAddressHasASchemeAndAHost) {
  for (const char* url : {"", "127.0.0.1:80", "ftp://x", "http://", "http:///v1"}) {
    EXPECT_THAT(error_of([&] {
                  Judge({url, "m", "", 1.0});
                }),
                StartsWith("--judge: expected an address that begins with http:// or https://"))
        << url;
  }
}

}  // namespace
}  // namespace tess2::eval
