// Shares one model among many sessions: they take turns step by step.
//
// One thread drives the model. Those whose request has had the least of the machine go next, so
// that a short request never waits for a long one to end. What a session becomes does not depend on
// the others (generate::step_together).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/error.h"
#include "generate/session.h"
#include "serve/metrics.h"

namespace tess2::serve {

/// Thrown where no more work is taken for now.
class QueueFull : public Error {
 public:
  explicit QueueFull(std::int64_t seconds)
      : Error("the queue is full; try again in " + std::to_string(seconds) + " s"),
        seconds_(seconds) {}
  /// When a place is likely to be free: at least 1.
  std::int64_t seconds() const { return seconds_; }

 private:
  std::int64_t seconds_;
};

/// Thrown where no more work is taken at all.
class ShuttingDown : public Error {
 public:
  ShuttingDown() : Error("the server is shutting down") {}
};

enum class WorkEnd { kFinished, kCancelled, kFailed };

/// How a session went.
struct WorkReport {
  WorkEnd end = WorkEnd::kFinished;
  std::string problem;           ///< where it failed
  double queue_seconds = 0.0;    ///< from `submit` to its start, or to its end without one
  double compute_seconds = 0.0;  ///< its share of the steps that it took part in
};

/// A session to be run. All calls come from the scheduler's thread; where one of the first three
/// throws, this work alone fails.
class Work {
 public:
  virtual ~Work() = default;
  virtual std::unique_ptr<generate::Session> start() = 0;
  /// After each step; true: nothing more is wanted of it.
  virtual bool stepped(const generate::Session& session) = 0;
  /// How large a share of a common step is its own, such as the places of its canvas; above 0.
  virtual double weight() const = 0;
  /// The last call. `session` is null where it was never started. Must not throw.
  virtual void ended(const WorkReport& report, const generate::Session* session) = 0;
};

struct SchedulerSettings {
  std::int64_t max_active = 16;
  std::int64_t max_waiting = 64;
  std::int64_t together = 1;  ///< sessions stepped at once
};

class Scheduler {
 private:
  struct Request;

 public:
  /// Cancels what it stands for when it goes. Must not outlive the scheduler.
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept = default;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket();

   private:
    friend class Scheduler;
    Ticket(Scheduler& scheduler, std::shared_ptr<Request> request)
        : scheduler_(&scheduler), request_(std::move(request)) {}
    Scheduler* scheduler_;
    std::shared_ptr<Request> request_;
  };

  /// `metrics` must outlive the scheduler.
  Scheduler(const SchedulerSettings& settings, Metrics& metrics);
  /// Cancels everything.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Takes the sessions of one request, all or none of them. Throws QueueFull or ShuttingDown.
  Ticket submit(std::vector<std::unique_ptr<Work>> works);

  /// From now on `submit` throws ShuttingDown. Returns once everything has ended; what has not
  /// after `seconds` is cancelled.
  void drain(double seconds);

  SessionCounts counts() const;

 private:
  struct Entry;
  class Guard;
  using Entries = std::vector<std::unique_ptr<Entry>>;

  void run();
  bool wait_for_work();
  Entries take_cancelled();
  void admit();
  void start(std::unique_ptr<Entry> entry);
  double least_used() const;
  Entries::iterator next_turns();
  void step();
  static void step_all(const std::vector<generate::Session*>& sessions);
  void charge(Entries::iterator end, double seconds);
  bool look_at(Entry& entry);
  void end(std::unique_ptr<Entry> entry, WorkEnd how, const std::string& problem = "");
  void cancel(Request& request);
  std::int64_t seconds_to_wait() const;

  const SchedulerSettings settings_;
  Metrics& metrics_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;  ///< work came, was cancelled, or the end has come
  std::condition_variable idle_;     ///< nothing is left to do
  std::deque<std::unique_ptr<Entry>> waiting_;
  std::int64_t in_hand_ = 0;  ///< sessions taken and not ended
  bool telling_ = false;      ///< of the end of one of them
  bool refusing_ = false;
  bool stopping_ = false;
  double mean_seconds_ = 0.0;  ///< of the machine, for one session; of recent ones

  Entries active_;  ///< the scheduler's thread alone
  std::thread thread_;
};

}  // namespace tess2::serve
