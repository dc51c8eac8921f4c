// httplib's server on connections of our own.
#pragma once

#include <httplib.h>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "serve/connection.h"

namespace tess2::serve {

class HttpServer final : public httplib::Server {
 public:
  struct Settings {
    ConnectionLimits limits;
    std::chrono::duration<double> idle{15};  ///< longest time between two requests
    std::size_t threads = 64;                ///< connections served at a time; others wait
  };
  /// How a request went.
  struct Outcome {
    std::string path;  ///< as the client wrote it
    int status = 0;
    double seconds = 0.0;  ///< from its first byte to the end of its reply
  };

  explicit HttpServer(const Settings& settings);
  ~HttpServer() override;

  /// Binds without serving yet (listen_after_bind does); `port` 0 lets the system pick one. Returns
  /// the port. Throws Error where the address cannot be had.
  int bind(const std::string& host, int port);

  /// Called when a request begins to be handled, and once its reply was sent; one for one.
  void observe(std::function<void()> began, std::function<void(const Outcome&)> ended);

  /// Ends `listen_after_bind`: no reply is cut short, and no request is waited for.
  void stop_soon();

  /// The connection whose request this thread is handling. Throws std::out_of_range elsewhere.
  Connection& connection();

 private:
  bool process_and_close_socket(socket_t socket) override;
  bool serve_one(Connection& connection, bool last);
  bool wait_for_request(const Connection& connection) const;

  Settings settings_;
  std::function<void()> began_;
  std::function<void(const Outcome&)> ended_;
  std::mutex mutex_;
  std::map<std::thread::id, Connection*> connections_;  ///< by the threads that serve them
};

}  // namespace tess2::serve
