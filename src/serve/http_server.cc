#include "serve/http_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include "core/error.h"

namespace tess2::serve {
namespace {

using std::chrono::milliseconds;

constexpr int kBacklog = 128;
constexpr int kMostRequests = 1000;  // of one connection
// How soon an idle connection notices that the server ends.
constexpr milliseconds kGlance{100};

// Without it, a port is taken for a while after its server's end. httplib's own choice would also
// let two servers share one port.
void reuse_address(int socket) {
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}

// httplib itself promises to keep every connection.
void announce_close(httplib::Response& response) {
  response.headers.erase("Keep-Alive");
  response.headers.erase("Connection");
  response.set_header("Connection", "close");
}

// Used with later versions of httplib alone.
[[maybe_unused]] std::pair<std::string, int> address(void (Connection::*find)(std::string&, int&)
                                                         const,
                                                     const Connection& connection) {
  std::string ip;
  int port = 0;
  (connection.*find)(ip, port);
  return {ip, port};
}

}  // namespace

HttpServer::HttpServer(const Settings& settings)
    : settings_(settings), began_([] {}), ended_([](const Outcome&) {}) {
  set_socket_options(reuse_address);
  set_keep_alive_max_count(kMostRequests);
  set_keep_alive_timeout(static_cast<time_t>(settings.idle.count()));
  set_logger([this](const auto& request, const auto& response) {
    connection().reply(request.path, response.status);
  });
  set_post_routing_handler([this](const auto& /*request*/, auto& response) {
    if (connection().must_close()) announce_close(response);
  });
  new_task_queue = [threads = settings.threads] { return new httplib::ThreadPool(threads); };
}

// A server that never listened keeps its socket open otherwise.
HttpServer::~HttpServer() {
  if (svr_sock_ != INVALID_SOCKET) close(svr_sock_);
}

int HttpServer::bind(const std::string& host, int port) {
  const bool bound = port == 0 ? (port = bind_to_any_port(host)) > 0 : bind_to_port(host, port);
  if (!bound) {
    throw Error("cannot listen at " + host + (port > 0 ? ":" + std::to_string(port) : ""));
  }
  ::listen(svr_sock_, kBacklog);
  return port;
}

void HttpServer::observe(std::function<void()> began, std::function<void(const Outcome&)> ended) {
  began_ = std::move(began);
  ended_ = std::move(ended);
}

void HttpServer::stop_soon() {
  stop();
  const std::lock_guard lock(mutex_);
  for (const auto& [thread, connection] : connections_) connection->stop_reading();
}

Connection& HttpServer::connection() {
  const std::lock_guard lock(mutex_);
  return *connections_.at(std::this_thread::get_id());
}

bool HttpServer::process_and_close_socket(socket_t socket) {
  Connection connection(socket, settings_.limits);
  const auto thread = std::this_thread::get_id();
  {
    const std::lock_guard lock(mutex_);
    connections_[thread] = &connection;
  }
  bool served = true;
  for (int left = kMostRequests; served && left > 0 && wait_for_request(connection); --left) {
    served = serve_one(connection, left == 1) && !connection.must_close();
  }
  {
    const std::lock_guard lock(mutex_);
    connections_.erase(thread);
  }
  if (connection.must_close()) connection.linger();
  return served;
}

// False where no other request may follow.
bool HttpServer::serve_one(Connection& connection, bool last) {
  connection.begin_request();
  bool closed = false;
  began_();
  // What follows a head that cannot be read may be its rest, and no request.
  connection.close_after_reply();
  const auto head_was_read = [&connection](httplib::Request& request) {
    connection.close_after_reply(false);
    // Parts of a reply are of no use to anyone, and cost more than the whole.
    request.ranges.clear();
  };
  const auto process = [&](auto& stream) {
    if constexpr (requires { process_request(stream, last, closed, head_was_read); }) {
      return process_request(stream, last, closed, head_was_read);
    } else {  // later versions of httplib want to be told the addresses
      const auto [remote_ip, remote_port] = address(&Connection::get_remote_ip_and_port, stream);
      const auto [local_ip, local_port] = address(&Connection::get_local_ip_and_port, stream);
      return process_request(stream, remote_ip, remote_port, local_ip, local_port, last, closed,
                             head_was_read);
    }
  };
  const bool written = process(connection);
  const auto time = std::chrono::duration<double>(Connection::Clock::now() - connection.begun());
  ended_({connection.path(), connection.outcome(), time.count()});
  return written && !closed;
}

bool HttpServer::wait_for_request(const Connection& connection) const {
  const auto end = Connection::Clock::now() + settings_.idle;
  while (svr_sock_ != INVALID_SOCKET && Connection::Clock::now() < end) {
    if (connection.wait_for_data(kGlance)) return true;
    if (connection.peer_gone()) return false;
  }
  return false;
}

}  // namespace tess2::serve
