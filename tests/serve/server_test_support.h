// A server on a fake model, and clients that ask it over the loopback network.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "core/log.h"
#include "serve/fakes.h"
#include "serve/server.h"

namespace tess2::serve {

/// One server-sent event.
struct SentEvent {
  std::string name;  ///< empty for plain data
  std::string data;
};

/// The events of a stream's body; anything else in it is a failure.
inline std::vector<SentEvent> events_of(const std::string& body) {
  std::vector<SentEvent> events;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = body.find("\n\n", at);
    if (end == std::string::npos) {
      ADD_FAILURE() << "a stream that breaks off: " << body.substr(at);
      break;
    }
    std::string block = body.substr(at, end - at);
    SentEvent event;
    if (block.starts_with("event: ")) {
      event.name = block.substr(7, block.find('\n') - 7);
      block.erase(0, block.find('\n') + 1);
    }
    EXPECT_EQ(block.rfind("data: ", 0), 0U) << block;
    EXPECT_EQ(block.find('\n'), std::string::npos) << block;
    event.data = block.substr(6);
    events.push_back(event);
    at = end + 2;
  }
  return events;
}

class ServerTest : public testing::Test {
 protected:
  using Json = nlohmann::json;

  ServerTest() {
    set_log_level(LogLevel::kQuiet);
    settings_.port = 0;
    settings_.name = "fake";
    settings_.length = 64;
    settings_.session.sampler.steps = 8;
    settings_.idle_seconds = 2;
    settings_.shutdown_seconds = 20;
    settings_.spare_connections = 8;
    settings_.together = 2;
  }
  ~ServerTest() override {
    stop();
    set_log_level(LogLevel::kInfo);
  }

  /// Starts the server where it does not run yet.
  Server& server() {
    if (!server_) {
      server_ = std::make_unique<Server>(host_, settings_);
      thread_ = std::thread([this] { server_->run(); });
    }
    return *server_;
  }
  void stop() {
    if (!server_) return;
    if (!shut_down_) server_->shut_down();
    thread_.join();
    server_.reset();
  }

  httplib::Client client() {
    httplib::Client client("127.0.0.1", server().port());
    client.set_read_timeout(60);
    return client;
  }
  httplib::Result post_text(const std::string& path, const std::string& body,
                            const httplib::Headers& headers = {}) {
    return client().Post(path, headers, body, "application/json");
  }
  httplib::Result post(const std::string& path, const Json& body) {
    return post_text(path, body.dump());
  }

  /// The reply to a request that must succeed.
  Json reply(const std::string& path, const Json& body) {
    const auto result = post(path, body);
    if (!result) {
      ADD_FAILURE() << "no reply: " << to_string(result.error());
      return {};
    }
    EXPECT_EQ(result->status, 200) << result->body;
    return Json::parse(result->body);
  }
  std::vector<SentEvent> stream(const std::string& path, Json body) {
    body["stream"] = true;
    const auto result = post(path, body);
    if (!result) {
      ADD_FAILURE() << "no reply: " << to_string(result.error());
      return {};
    }
    EXPECT_EQ(result->status, 200) << result->body;
    EXPECT_EQ(result->get_header_value("Content-Type"), "text/event-stream");
    return events_of(result->body);
  }

  /// `STATUS PARAM MESSAGE` of an error reply.
  static std::string error_text(const httplib::Result& result) {
    if (!result) return "no reply: " + to_string(result.error());
    const Json error = Json::parse(result->body).at("error");
    EXPECT_TRUE(error.at("type").is_string());
    EXPECT_TRUE(error.contains("code"));
    const std::string param =
        error.at("param").is_null() ? "-" : error.at("param").get<std::string>();
    return std::to_string(result->status) + " " + param + " " +
           error.at("message").get<std::string>();
  }

  /// Waits for something that happens soon.
  static bool soon(const std::function<bool()>& happened) {
    for (int i = 0; i < 2000; ++i) {
      if (happened()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
  /// The value of a line of GET /metrics, -1 where there is none.
  double metric(const std::string& name) {
    const auto result = client().Get("/metrics");
    if (!result) return -1;
    const std::size_t at = ("\n" + result->body).find("\n" + name + " ");
    if (at == std::string::npos) return -1;
    return std::stod(result->body.substr(at + name.size()));
  }

  static Json ask(const std::string& text) {
    return {{"messages", Json::array({{{"role", "user"}, {"content", text}}})}, {"seed", 7}};
  }

  FakeHost host_;
  ServeSettings settings_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
  bool shut_down_ = false;
};

inline const char* const kChat = "/v1/chat/completions";
inline const char* const kCompletions = "/v1/completions";
inline const char* const kInfill = "/v1/infill";

}  // namespace tess2::serve
