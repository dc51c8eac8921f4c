#include "serve/server.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "serve/http_server.h"
#include "serve/routes.h"
#include "serve/service.h"

namespace tess2::serve {
namespace {

HttpServer::Settings http_settings(const ServeSettings& s) {
  const auto threads = s.max_active + s.max_waiting + s.spare_connections;
  return {{std::chrono::duration<double>(s.read_seconds),
           std::chrono::duration<double>(s.write_seconds)},
          std::chrono::duration<double>(s.idle_seconds),
          static_cast<std::size_t>(threads)};
}

}  // namespace

struct Server::State {
  State(const generate::SessionHost& host, const ServeSettings& settings)
      : service(host, settings),
        http(http_settings(settings)),
        routes(service, http, shutting_down),
        port(http.bind(settings.host, static_cast<int>(settings.port))) {}

  Service service;
  HttpServer http;
  std::atomic<bool> shutting_down = false;
  std::atomic<bool> run_ended = false;
  Routes routes;
  int port;
};

Server::Server(const generate::SessionHost& host, const ServeSettings& settings)
    : state_(std::make_unique<State>(host, settings)) {}

Server::~Server() = default;

int Server::port() const {
  return state_->port;
}

std::string Server::address() const {
  const std::string& host = state_->service.settings().host;
  const bool is_v6 = host.find(':') != std::string::npos;
  return "http://" + (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(state_->port);
}

void Server::run() {
  state_->http.listen_after_bind();
  state_->run_ended = true;
}

void Server::shut_down() {
  state_->shutting_down = true;
  state_->service.scheduler().drain(state_->service.settings().shutdown_seconds);
  // httplib forgets a stop that comes before it listens.
  while (!state_->http.is_running() && !state_->run_ended) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  state_->http.stop_soon();
}

}  // namespace tess2::serve
