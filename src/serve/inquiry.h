// One request in the hands of the scheduler, as the thread sees it that talks to the client.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "serve/api_error.h"
#include "serve/feed.h"
#include "serve/metrics.h"
#include "serve/scheduler.h"
#include "serve/session_work.h"

namespace tess2::serve {

/// Thrown where nobody waits for the answer any more.
class ClientGone : public Error {
 public:
  ClientGone() : Error("the client went away") {}
};

/// How long somebody waits.
struct Patience {
  std::chrono::duration<double> longest{600};
  std::function<bool()> is_gone;
};

/// What an inquiry took so far.
struct Timings {
  double queue_seconds = 0.0;    ///< until the first of its sessions began
  double compute_seconds = 0.0;  ///< its share of the machine
  double total_seconds = 0.0;
};

/// Ends its sessions when it goes.
class Inquiry {
 public:
  /// Hands one session a seed to the scheduler. Throws as Scheduler::submit.
  Inquiry(Scheduler& scheduler, const std::shared_ptr<const SessionJob>& job,
          std::vector<std::uint64_t> seeds, Patience patience, Metrics& metrics);

  /// What happens next; nothing once every session has finished. Throws ClientGone, and ApiError
  /// 504 where it takes too long, 500 where a session fails and 503 where the server shuts down.
  std::optional<Event> next();

  const std::vector<std::uint64_t>& seeds() const { return seeds_; }
  /// Whole once `next` gave nothing.
  Timings timings() const;

 private:
  using Clock = std::chrono::steady_clock;

  void take_in(const Ended& ended);

  std::vector<std::uint64_t> seeds_;
  Patience patience_;
  Clock::time_point begin_ = Clock::now();
  std::shared_ptr<Feed> feed_ = std::make_shared<Feed>();
  std::size_t ended_ = 0;
  double queue_seconds_ = 0.0;
  double compute_seconds_ = 0.0;
  Scheduler::Ticket ticket_;
};

/// The seed of answer `index` to one request: the request's own for the first, and for each other
/// one a seed with which it can be had again alone. Below 2^53, so that it survives readers to whom
/// every number is a double.
std::uint64_t answer_seed(std::uint64_t seed, std::uint64_t index);

}  // namespace tess2::serve
