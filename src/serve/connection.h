// A client's connection, with the bounds that httplib's own streams lack: the time and the bytes of
// a whole request, and a look at whether the client is still there.
#pragma once

#include <httplib.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace tess2::serve {

struct ConnectionLimits {
  std::chrono::duration<double> read{30};   ///< for a whole request to arrive
  std::chrono::duration<double> write{30};  ///< for a part of a reply to be taken
};

class Connection final : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;

  /// Takes over `socket` and closes it at the end.
  Connection(int socket, const ConnectionLimits& limits);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits until the client sends something. False where it has gone, or after `longest`.
  bool wait_for_data(std::chrono::milliseconds longest) const;
  /// True where `wait_for_data` ended because the client has gone.
  bool peer_gone() const;

  /// From now on, the request must arrive in time, its head within kMaxHeadBytes.
  void begin_request();
  /// That many bytes more may come: the body.
  void allow(std::size_t bytes) { allowance_ += bytes; }
  /// Whether reading ended because the time was up.
  bool timed_out() const { return timed_out_; }
  Clock::time_point begun() const { return begun_; }

  /// No other request can follow, for what is left of this one was not read.
  void close_after_reply(bool close = true) { must_close_ = close; }
  bool must_close() const { return must_close_; }
  /// From any thread: whoever reads finds that nothing comes any more.
  void stop_reading();
  /// Takes in and forgets what the client is still sending, for a short while: were the connection
  /// closed upon it, the client would not see the reply.
  void linger();

  /// How the request went, where the status that is sent does not tell.
  void set_outcome(int status) { outcome_ = status; }
  /// Its client went away.
  void set_gone() {
    outcome_ = kClientGone;
    must_close_ = true;
  }
  /// A reply to `path` was sent.
  void reply(const std::string& path, int status) {
    path_ = path;
    if (outcome_ == 0) outcome_ = status;
  }
  const std::string& path() const { return path_; }
  /// That of a request without a reply is kClientGone, or kLate where it did not come in time.
  int outcome() const { return outcome_ != 0 ? outcome_ : timed_out_ ? kLate : kClientGone; }

  static constexpr int kClientGone = 499;
  static constexpr int kLate = 408;

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* out, std::size_t size) override;
  ssize_t write(const char* data, std::size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

  static constexpr std::size_t kMaxHeadBytes = 65536;

 private:
  bool fill();

  int socket_;
  ConnectionLimits limits_;
  Clock::time_point begun_;
  std::size_t allowance_ = 0;
  bool timed_out_ = false;
  bool must_close_ = false;
  std::string path_;
  int outcome_ = 0;
  std::vector<char> buffer_;
  std::size_t next_ = 0;  ///< first byte of `buffer_` that was not read
};

}  // namespace tess2::serve
