#include "serve/connection.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace tess2::serve {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBufferBytes = 16384;
constexpr milliseconds kLingerTime{2000};
constexpr std::size_t kLingerBytes = std::size_t{64} << 20;

// The events that have happened, out of `events`, 0 where none has in that time.
short poll_for(int socket, short events, milliseconds longest) {
  const auto end = Connection::Clock::now() + longest;
  pollfd entry{socket, events, 0};
  while (true) {
    const auto left = std::chrono::ceil<milliseconds>(end - Connection::Clock::now());
    const int ready =
        poll(&entry, 1, static_cast<int>(std::clamp<milliseconds::rep>(left.count(), 0, 1 << 30)));
    if (ready > 0) return entry.revents;
    if (ready == 0 || errno != EINTR) return 0;
  }
}

void tell_address(int socket, int (*find)(int, sockaddr*, socklen_t*), std::string& ip, int& port) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (find(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0) return;
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> service{};
  if (getnameinfo(reinterpret_cast<sockaddr*>(&address), length, host.data(), host.size(),
                  service.data(), service.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return;
  }
  ip = host.data();
  port = std::atoi(service.data());
}

}  // namespace

Connection::Connection(int socket, const ConnectionLimits& limits)
    : socket_(socket), limits_(limits), begun_(Clock::now()) {
  // Events of a stream are small, and each is wanted at once.
  const int yes = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

Connection::~Connection() {
  shutdown(socket_, SHUT_RDWR);
  close(socket_);
}

bool Connection::wait_for_data(milliseconds longest) const {
  if (next_ < buffer_.size()) return true;
  if ((poll_for(socket_, POLLIN, longest) & POLLIN) == 0) return false;
  char first = 0;
  return recv(socket_, &first, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool Connection::peer_gone() const {
  return (poll_for(socket_, POLLRDHUP, milliseconds{0}) & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void Connection::begin_request() {
  begun_ = Clock::now();
  allowance_ = kMaxHeadBytes;
  timed_out_ = false;
  outcome_ = 0;
  path_.clear();
}

bool Connection::is_readable() const {
  return next_ < buffer_.size() || poll_for(socket_, POLLIN, milliseconds{0}) != 0;
}

bool Connection::is_writable() const {
  const auto longest = std::chrono::ceil<milliseconds>(limits_.write);
  return (poll_for(socket_, POLLOUT, longest) & POLLOUT) != 0;
}

// Takes what has come; waits for it as long as the request may still take.
bool Connection::fill() {
  const auto left = std::chrono::ceil<milliseconds>(begun_ + limits_.read - Clock::now());
  if (left.count() <= 0 || poll_for(socket_, POLLIN, left) == 0) {
    timed_out_ = true;
    return false;
  }
  buffer_.resize(kBufferBytes);
  next_ = 0;
  ssize_t count = -1;
  do {
    count = recv(socket_, buffer_.data(), buffer_.size(), 0);
  } while (count < 0 && errno == EINTR);
  buffer_.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  return count > 0;
}

ssize_t Connection::read(char* out, std::size_t size) {
  const std::size_t wanted = std::min(size, allowance_);
  if (wanted == 0) return -1;
  if (next_ == buffer_.size() && !fill()) return timed_out_ ? -1 : 0;
  const std::size_t count = std::min(wanted, buffer_.size() - next_);
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(next_), count, out);
  next_ += count;
  allowance_ -= count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* data, std::size_t size) {
  const auto longest = std::chrono::ceil<milliseconds>(limits_.write);
  while (true) {
    if ((poll_for(socket_, POLLOUT, longest) & POLLOUT) == 0) return -1;
    const ssize_t count = send(socket_, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return count;
    if (errno != EINTR && errno != EAGAIN) return -1;
  }
}

void Connection::stop_reading() {
  shutdown(socket_, SHUT_RD);
}

void Connection::linger() {
  shutdown(socket_, SHUT_WR);
  const auto end = Clock::now() + kLingerTime;
  std::array<char, kBufferBytes> forgotten{};
  for (std::size_t total = 0; total < kLingerBytes;) {
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    if (left.count() <= 0 || (poll_for(socket_, POLLIN, left) & POLLIN) == 0) return;
    const ssize_t count = recv(socket_, forgotten.data(), forgotten.size(), MSG_DONTWAIT);
    if (count <= 0) return;
    total += static_cast<std::size_t>(count);
  }
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  tell_address(socket_, getpeername, ip, port);
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  tell_address(socket_, getsockname, ip, port);
}

}  // namespace tess2::serve
