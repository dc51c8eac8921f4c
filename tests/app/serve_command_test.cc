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

namespace tess2::app {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

/// The program in a process of its own; killed where a test leaves it running.
class ServerProcess {
 public:
  explicit ServerProcess(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), TESS2_PROGRAM);
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    id_ = fork();
    if (id_ == 0) {
      dup2(ends[1], 1);
      std::vector<char*> words;
      for (std::string& argument : arguments) words.push_back(argument.data());
      words.push_back(nullptr);
      execv(words[0], words.data());
      _exit(127);
    }
    close(ends[1]);
    out_ = fdopen(ends[0], "r");
  }
  ~ServerProcess() {
    if (id_ > 0) {
      kill(id_, SIGKILL);
      waitpid(id_, nullptr, 0);
    }
    fclose(out_);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::string read_line() {
    std::array<char, 512> line{};
    return fgets(line.data(), line.size(), out_) == nullptr ? "" : line.data();
  }
  void send(int signal) const { kill(id_, signal); }
  /// The exit code, or minus the signal that ended it.
  int wait() {
    int status = 0;
    waitpid(id_, &status, 0);
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t id_ = -1;
  FILE* out_ = nullptr;
};

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
  ServerProcess process(command());
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
  ServerProcess process(command({"--set", "steps=1000", "--set", "length=200"}));
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
  ServerProcess process(command({"--api-key", "secret", "--set", "name=other"}));
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
