// Counters and times, told in Prometheus's text format. From any thread.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tess2::serve {

/// Values counted by upper bounds.
class Histogram {
 public:
  /// Powers of two times a millisecond, up to a quarter of an hour.
  Histogram();

  void add(double seconds);
  /// The lines of the histogram `name`.
  std::string lines(std::string_view name) const;

 private:
  std::vector<double> bounds_;
  std::vector<std::uint64_t> counts_;  ///< one more than bounds: the rest
  double sum_ = 0.0;
};

/// What sessions the scheduler has at a moment.
struct SessionCounts {
  std::int64_t active = 0;
  std::int64_t waiting = 0;
};

class Metrics {
 public:
  void request_began();
  /// `path` must be one of few, for each makes a line.
  void request_ended(const std::string& path, int status, double seconds);
  /// One session waited that long for its first step.
  void session_started(double queue_seconds);
  /// `sessions` took a step together.
  void stepped(std::int64_t sessions, double seconds);
  void answered(std::int64_t prompt_tokens, std::int64_t answer_tokens);
  /// An answer's tokens were committed before its end.
  void committed(std::int64_t tokens);

  /// All of it, in Prometheus's text format.
  std::string text(const SessionCounts& sessions) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::int64_t in_flight_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t prompt_tokens_ = 0;
  std::uint64_t answer_tokens_ = 0;
  std::uint64_t committed_tokens_ = 0;
  Histogram queue_;
  Histogram step_;
  Histogram request_;
};

}  // namespace tess2::serve
