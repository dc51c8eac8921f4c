#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "app/app_test_support.h"
#include "app/running_program.h"

namespace tess2::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

int port_of(const std::string& ready) {
  const std::size_t colon = ready.find("127.0.0.1:");
  return colon == std::string::npos ? 0 : std::atoi(ready.c_str() + colon + 10);
}

class ServeCommandTest : public CommandTest {
 protected:
  std::vector<std::string> command(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"serve",  "-q",    "-m",        make_diffusion(), "--set",
                                      "port=0", "--set", "length=40", "--set",          "steps=3"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

TEST_F(ServeCommandTest, AnswersAsGenerateDoesAndEndsAtASignal) {
  RunningProgram process(command());
  const std::string ready = process.read_line();
  EXPECT_THAT(ready, MatchesRegex("serving tuned at http://127.0.0.1:[0-9]+ "
                                  ".page: http://127.0.0.1:[0-9]+/.\n"));
  httplib::Client client("127.0.0.1", port_of(ready));
  client.set_read_timeout(60);
  json body = {{"messages", json::array({{{"role", "user"}, {"content", "the cat"}}})},
               {"seed", 5},
               {"tess2", {{"commit", false}}}};
  const auto result = client.Post("/v1/chat/completions", body.dump(), "application/json");
  ASSERT_TRUE(result);
  ASSERT_EQ(result->status, 200) << result->body;
  const std::string content = json::parse(result->body)["choices"][0]["message"]["content"];
  EXPECT_EQ(content + "\n", out_of({"generate", "-m", path("tuned").string(), "--prompt", "the cat",
                                    "--seed", "5", "--set", "length=40", "--set", "steps=3"}));
  process.send(SIGTERM);
  EXPECT_EQ(process.wait(), 0);
}

TEST_F(ServeCommandTest, ASecondSignalEndsItAtOnce) {
  RunningProgram process(command({"--set", "steps=1000", "--set", "length=200"}));
  const int port = port_of(process.read_line());
  std::thread asking([port] {
    httplib::Client client("127.0.0.1", port);
    client.set_read_timeout(60);
    client.Post("/v1/completions", R"({"prompt": "a", "n": 8, "tess2": {"commit": false}})",
                "application/json");
  });
  httplib::Client client("127.0.0.1", port);
  const auto busy = [&] {
    const auto metrics = client.Get("/metrics");
    return metrics && metrics->body.find("\ntess2_sessions_active 8\n") != std::string::npos;
  };
  for (int i = 0; i < 2000 && !busy(); ++i) usleep(5000);
  process.send(SIGINT);
  for (int i = 0; i < 2000; ++i) {
    const auto health = client.Get("/health");
    if (!health || health->status == 503) break;
    usleep(5000);
  }
  process.send(SIGINT);
  EXPECT_EQ(process.wait(), -SIGINT);
  asking.join();
}

TEST_F(ServeCommandTest, TheKeyComesFromTheOptionOrTheEnvironment) {
  RunningProgram process(command({"--api-key", "secret", "--set", "name=other"}));
  const std::string ready = process.read_line();
  EXPECT_THAT(ready, StartsWith("serving other at "));
  httplib::Client client("127.0.0.1", port_of(ready));
  EXPECT_EQ(client.Get("/v1/models")->status, 401);
  EXPECT_EQ(client.Get("/v1/models", {{"Authorization", "Bearer secret"}})->status, 200);
  setenv("TESS2_API_KEY", "", 1);
  const std::string error = error_of(kWrongUsage, command());
  unsetenv("TESS2_API_KEY");
  EXPECT_EQ(error, "TESS2_API_KEY: expected a key, found empty text");
}

TEST_F(ServeCommandTest, RefusesWhatItCannotServe) {
  EXPECT_EQ(error_of(kWrongUsage, {"serve"}),
            "--model: expected a checkpoint's folder, found nothing");
  EXPECT_THAT(error_of(kFailed, {"serve", "-q", "-m", make_causal()}), HasSubstr("diffusion"));
  EXPECT_EQ(error_of(kWrongUsage, command({"--api-key", ""})),
            "--api-key: expected a key, found empty text");
  EXPECT_THAT(error_of(kWrongUsage, command({"--set", "max_n=1000"})), StartsWith("max_n: "));
  EXPECT_THAT(error_of(kWrongUsage, command({"--set", "guidance.scale=2"})),
              StartsWith("guidance.scale: needs a reward model"));
  EXPECT_THAT(error_of(kFailed, command({"--set", "host=203.0.113.1"})),
              HasSubstr("cannot listen"));
}

}  // namespace
}  // namespace tess2::app
