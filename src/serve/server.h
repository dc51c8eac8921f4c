// The HTTP server: docs/serve.md is its contract.
#pragma once

#include <memory>
#include <string>

#include "generate/session.h"
#include "serve/settings.h"

namespace tess2::serve {

class Server {
 public:
  /// Listens, but serves nobody yet. `host`, whose tokenizer must have a padding token, must
  /// outlive the server. Throws UsageError for settings that contradict each other, Error where the
  /// address cannot be had.
  Server(const generate::SessionHost& host, const ServeSettings& settings);
  /// `run` must have returned, or never been called.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  /// `http://127.0.0.1:8080`
  std::string address() const;

  /// Serves until `shut_down` has done its work.
  void run();

  /// From another thread than that of `run`, which must be called too: refuses new requests, lets
  /// those in hand go on for up to `shutdown_seconds`, ends them, and lets `run` return.
  void shut_down();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tess2::serve
