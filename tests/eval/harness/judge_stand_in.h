// A judge's server on the loopback device that replies as it is told to.
#pragma once

#include <httplib.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

namespace tess2::eval {

class JudgeStandIn {
 public:
  /// Gets the user's message and fills the response.
  using Handler = std::function<void(const std::string& asked, httplib::Response& response)>;

  explicit JudgeStandIn(Handler handler) {
    server_.Post("/v1/chat/completions",
                 [this, handler](const httplib::Request& request, httplib::Response& response) {
                   requests_.push_back(nlohmann::json::parse(request.body));
                   authorization_ = request.get_header_value("Authorization");
                   handler(requests_.back()["messages"][1]["content"], response);
                 });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~JudgeStandIn() {
    server_.stop();
    thread_.join();
  }
  JudgeStandIn(const JudgeStandIn&) = delete;
  JudgeStandIn& operator=(const JudgeStandIn&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1"; }
  /// Only while nothing is being asked.
  const std::vector<nlohmann::json>& requests() const { return requests_; }
  const std::string& authorization() const { return authorization_; }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::vector<nlohmann::json> requests_;
  std::string authorization_;
};

/// A chat completion that says `text`.
inline void say(const std::string& text, httplib::Response& response) {
  const nlohmann::json body{
      {"choices", {{{"index", 0}, {"message", {{"role", "assistant"}, {"content", text}}}}}}};
  response.set_content(body.dump(), "application/json");
}

/// Prefers the answer that holds `word`, wherever it stands.
inline JudgeStandIn::Handler prefer(const std::string& word) {
  return [word](const std::string& asked, httplib::Response& response) {
    say(asked.find(word) < asked.find("Answer B:") ? "A" : " B.\n", response);
  };
}

}  // namespace tess2::eval
