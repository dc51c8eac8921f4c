#include "serve/scheduler.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <iterator>
#include <limits>

#include "core/log.h"

namespace tess2::serve {
namespace {

using Clock = std::chrono::steady_clock;

// How much the last session tells about how long the next one will take.
constexpr double kNewest = 0.2;
constexpr std::int64_t kLongestWait = 3600;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

}  // namespace

/// What the sessions of one request have in common.
struct Scheduler::Request {
  std::atomic<bool> cancelled = false;
  // Both are the scheduler's thread's alone.
  double used = 0.0;        ///< seconds of the machine
  std::int64_t active = 0;  ///< sessions that take turns
};

/// Keeps what a session throws, for step_together cannot tell whose error it was.
class Scheduler::Guard final : public generate::Session {
 public:
  explicit Guard(std::unique_ptr<generate::Session> session) : session_(std::move(session)) {}

  const std::string& problem() const { return problem_; }
  bool failed() const { return failed_; }
  void fail(const std::string& problem) {
    failed_ = true;
    problem_ = problem;
  }

  bool finished() const override { return session_->finished(); }
  void step() override {
    try {
      session_->step();
    } catch (const std::exception& error) {
      fail(error.what());
    } catch (...) {
      fail("an unknown error");
    }
  }
  std::int64_t steps_taken() const override { return session_->steps_taken(); }
  std::int64_t steps_planned() const override { return session_->steps_planned(); }
  std::span<const text::TokenId> tokens() const override { return session_->tokens(); }
  std::size_t committed() const override { return session_->committed(); }
  std::vector<generate::Slot> slots(std::int64_t alternatives) const override {
    return session_->slots(alternatives);
  }

 private:
  std::unique_ptr<generate::Session> session_;
  bool failed_ = false;
  std::string problem_;
};

struct Scheduler::Entry {
  std::shared_ptr<Request> request;
  std::unique_ptr<Work> work;
  Clock::time_point submitted;
  std::unique_ptr<Guard> session;  ///< null while it waits
  std::int64_t steps = 0;
  double queue_seconds = 0.0;
  double compute_seconds = 0.0;
};

Scheduler::Ticket::~Ticket() {
  if (request_) scheduler_->cancel(*request_);
}

Scheduler::Scheduler(const SchedulerSettings& settings, Metrics& metrics)
    : settings_(settings), metrics_(metrics), thread_([this] { run(); }) {}

Scheduler::~Scheduler() {
  drain(0);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Scheduler::Ticket Scheduler::submit(std::vector<std::unique_ptr<Work>> works) {
  auto request = std::make_shared<Request>();
  const auto now = Clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (refusing_) throw ShuttingDown();
    if (in_hand_ + std::ssize(works) > settings_.max_active + settings_.max_waiting) {
      throw QueueFull(seconds_to_wait());
    }
    in_hand_ += std::ssize(works);
    for (auto& work : works) {
      auto entry = std::make_unique<Entry>();
      entry->request = request;
      entry->work = std::move(work);
      entry->submitted = now;
      waiting_.push_back(std::move(entry));
    }
  }
  changed_.notify_all();
  return {*this, std::move(request)};
}

void Scheduler::drain(double seconds) {
  std::unique_lock lock(mutex_);
  refusing_ = true;
  const auto nothing_left = [this] { return in_hand_ == 0 && !telling_; };
  if (idle_.wait_for(lock, std::chrono::duration<double>(seconds), nothing_left)) return;
  stopping_ = true;
  changed_.notify_all();
  idle_.wait(lock, nothing_left);
}

SessionCounts Scheduler::counts() const {
  const std::lock_guard lock(mutex_);
  const auto waiting = std::ssize(waiting_);
  return {in_hand_ - waiting, waiting};
}

void Scheduler::cancel(Request& request) {
  {
    const std::lock_guard lock(mutex_);
    request.cancelled = true;
  }
  changed_.notify_all();
}

// The machine is never idle while there is work, so a session ends once in the mean time.
std::int64_t Scheduler::seconds_to_wait() const {
  const double seconds = std::ceil(mean_seconds_);
  return std::clamp(static_cast<std::int64_t>(seconds), std::int64_t{1}, kLongestWait);
}

void Scheduler::run() {
  while (wait_for_work()) {
    for (auto& entry : take_cancelled()) end(std::move(entry), WorkEnd::kCancelled);
    admit();
    if (!active_.empty()) step();
  }
}

// False once there is nothing to do and never will be.
bool Scheduler::wait_for_work() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return in_hand_ > 0 || stopping_; });
  return in_hand_ > 0;
}

Scheduler::Entries Scheduler::take_cancelled() {
  const std::lock_guard lock(mutex_);
  Entries taken;
  const auto take_from = [&](auto& entries) {
    const auto keep = [&](const auto& e) { return !stopping_ && !e->request->cancelled; };
    const auto first = std::stable_partition(entries.begin(), entries.end(), keep);
    std::move(first, entries.end(), std::back_inserter(taken));
    entries.erase(first, entries.end());
  };
  take_from(active_);
  take_from(waiting_);
  return taken;
}

void Scheduler::admit() {
  while (std::ssize(active_) < settings_.max_active) {
    std::unique_ptr<Entry> entry;
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.empty()) return;
      entry = std::move(waiting_.front());
      waiting_.pop_front();
    }
    start(std::move(entry));
  }
}

// A request that is new begins with what the others have had at least: had it had nothing, it
// would hold all of them up until it had as much.
void Scheduler::start(std::unique_ptr<Entry> entry) {
  entry->queue_seconds = seconds_since(entry->submitted);
  metrics_.session_started(entry->queue_seconds);
  try {
    entry->session = std::make_unique<Guard>(entry->work->start());
    if (entry->session->finished()) return end(std::move(entry), WorkEnd::kFinished);
  } catch (const std::exception& error) {
    return end(std::move(entry), WorkEnd::kFailed, error.what());
  }
  Request& request = *entry->request;
  if (request.active == 0) request.used = std::max(request.used, least_used());
  ++request.active;
  active_.push_back(std::move(entry));
}

double Scheduler::least_used() const {
  double least = std::numeric_limits<double>::max();
  for (const auto& entry : active_) least = std::min(least, entry->request->used);
  return active_.empty() ? 0.0 : least;
}

// Moves those whose turn it is to the front and returns their end.
Scheduler::Entries::iterator Scheduler::next_turns() {
  const auto before = [](const auto& a, const auto& b) {
    if (a->request->used != b->request->used) return a->request->used < b->request->used;
    return a->steps < b->steps;
  };
  std::stable_sort(active_.begin(), active_.end(), before);
  return active_.begin() + std::min(std::ssize(active_), settings_.together);
}

void Scheduler::step() {
  const auto turns_end = next_turns();
  std::vector<generate::Session*> sessions;
  for (auto e = active_.begin(); e != turns_end; ++e) sessions.push_back((*e)->session.get());
  const auto begin = Clock::now();
  step_all(sessions);
  const double seconds = seconds_since(begin);
  metrics_.stepped(std::ssize(sessions), seconds);
  charge(turns_end, seconds);
  Entries over;
  for (auto e = active_.begin(); e != turns_end; ++e) {
    if (look_at(**e)) over.push_back(std::move(*e));
  }
  std::erase(active_, nullptr);
  for (auto& entry : over) {
    const bool failed = entry->session->failed();
    const std::string problem = entry->session->problem();
    --entry->request->active;
    end(std::move(entry), failed ? WorkEnd::kFailed : WorkEnd::kFinished, problem);
  }
}

void Scheduler::charge(Entries::iterator turns_end, double seconds) {
  double all = 0.0;
  for (auto e = active_.begin(); e != turns_end; ++e) all += (*e)->work->weight();
  for (auto e = active_.begin(); e != turns_end; ++e) {
    Entry& entry = **e;
    const double share = seconds * entry.work->weight() / all;
    entry.compute_seconds += share;
    entry.request->used += share;
    ++entry.steps;
  }
}

// The guards keep what sessions throw; what is thrown beside them is nobody's alone.
void Scheduler::step_all(const std::vector<generate::Session*>& sessions) {
  try {
    generate::step_together(sessions);
  } catch (const std::exception& error) {
    for (generate::Session* session : sessions) static_cast<Guard*>(session)->fail(error.what());
  }
}

// Whether it is over, in one way or another.
bool Scheduler::look_at(Entry& entry) {
  Guard& session = *entry.session;
  if (session.failed()) return true;
  try {
    const bool enough = entry.work->stepped(session);
    return enough || session.finished();
  } catch (const std::exception& error) {
    session.fail(error.what());
    return true;
  }
}

// Its place is free before anyone hears of its end: who does may ask again at once.
void Scheduler::end(std::unique_ptr<Entry> entry, WorkEnd how, const std::string& problem) {
  if (how == WorkEnd::kFailed) log_error("an answer failed: " + problem);
  if (!entry->session) entry->queue_seconds = seconds_since(entry->submitted);
  {
    const std::lock_guard lock(mutex_);
    if (how == WorkEnd::kFinished) {
      const bool first = mean_seconds_ == 0.0;
      mean_seconds_ += (first ? 1.0 : kNewest) * (entry->compute_seconds - mean_seconds_);
    }
    --in_hand_;
    telling_ = true;
  }
  entry->work->ended({how, problem, entry->queue_seconds, entry->compute_seconds},
                     entry->session.get());
  const std::lock_guard lock(mutex_);
  telling_ = false;
  if (in_hand_ == 0) idle_.notify_all();
}

}  // namespace tess2::serve
