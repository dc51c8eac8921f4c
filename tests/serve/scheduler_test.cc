#include "serve/scheduler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "core/log.h"
#include "serve/fakes.h"

namespace tess2::serve {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

/// A session of so many steps that are told of.
class CountingSession final : public generate::Session {
 public:
  CountingSession(std::int64_t steps, std::function<void(std::int64_t)> on_step)
      : steps_(steps), on_step_(std::move(on_step)) {}
  bool finished() const override { return taken_ == steps_; }
  void step() override {
    ++taken_;
    if (on_step_) on_step_(taken_);
  }
  std::int64_t steps_taken() const override { return taken_; }
  std::int64_t steps_planned() const override { return steps_; }
  std::span<const text::TokenId> tokens() const override { return {}; }
  std::size_t committed() const override { return 0; }
  std::vector<generate::Slot> slots(std::int64_t) const override { return {}; }

 private:
  std::int64_t steps_;
  std::function<void(std::int64_t)> on_step_;
  std::int64_t taken_ = 0;
};

/// Work whose end can be waited for.
struct Probe {
  std::int64_t steps = 1;
  std::function<void(std::int64_t)> on_step = {};
  std::int64_t enough = -1;  ///< steps after which nothing more is wanted
  double weight = 1.0;
  std::string start_error = {};
  std::promise<WorkReport> report = {};
  std::atomic<std::int64_t> taken = 0;
};

class ProbeWork final : public Work {
 public:
  explicit ProbeWork(std::shared_ptr<Probe> probe) : probe_(std::move(probe)) {}
  std::unique_ptr<generate::Session> start() override {
    if (!probe_->start_error.empty()) throw Error(probe_->start_error);
    return std::make_unique<CountingSession>(probe_->steps, probe_->on_step);
  }
  bool stepped(const generate::Session& session) override {
    probe_->taken = session.steps_taken();
    return session.steps_taken() == probe_->enough;
  }
  double weight() const override { return probe_->weight; }
  void ended(const WorkReport& report, const generate::Session*) override {
    probe_->report.set_value(report);
  }

 private:
  std::shared_ptr<Probe> probe_;
};

class SchedulerTest : public testing::Test {
 protected:
  SchedulerTest() { set_log_level(LogLevel::kQuiet); }
  ~SchedulerTest() override { set_log_level(LogLevel::kInfo); }

  static std::shared_ptr<Probe> probe(std::int64_t steps) {
    auto made = std::make_shared<Probe>();
    made->steps = steps;
    return made;
  }
  static std::vector<std::unique_ptr<Work>> works(
      const std::vector<std::shared_ptr<Probe>>& probes) {
    std::vector<std::unique_ptr<Work>> made;
    for (const auto& one : probes) made.push_back(std::make_unique<ProbeWork>(one));
    return made;
  }
  static WorkReport report_of(Probe& probe) {
    auto future = probe.report.get_future();
    if (future.wait_for(std::chrono::seconds(60)) != std::future_status::ready) {
      ADD_FAILURE() << "it never ended";
      return {};
    }
    return future.get();
  }

  Metrics metrics_;
};

TEST_F(SchedulerTest, RunsASessionToItsEnd) {
  Scheduler scheduler({}, metrics_);
  auto one = probe(5);
  const auto ticket = scheduler.submit(works({one}));
  const WorkReport report = report_of(*one);
  EXPECT_EQ(report.end, WorkEnd::kFinished);
  EXPECT_EQ(one->taken, 5);
  EXPECT_GE(report.queue_seconds, 0.0);
  EXPECT_GT(report.compute_seconds, 0.0);
  EXPECT_THAT(metrics_.text({}), HasSubstr("tess2_steps_total 5\n"));
}

TEST_F(SchedulerTest, EndsASessionOfWhichNothingMoreIsWanted) {
  Scheduler scheduler({}, metrics_);
  auto one = probe(100);
  one->enough = 3;
  const auto ticket = scheduler.submit(works({one}));
  EXPECT_EQ(report_of(*one).end, WorkEnd::kFinished);
  EXPECT_EQ(one->taken, 3);
}

TEST_F(SchedulerTest, SessionsTakeTurns) {
  Scheduler scheduler({.max_active = 4, .max_waiting = 4, .together = 1}, metrics_);
  std::mutex mutex;
  std::string order;
  std::promise<void> all_there;
  auto there = all_there.get_future().share();
  const auto say = [&](char name) {
    return [&, name](std::int64_t) {
      there.wait();
      std::this_thread::sleep_for(milliseconds(2));
      const std::lock_guard lock(mutex);
      order += name;
    };
  };
  auto a = probe(6);
  auto b = probe(6);
  a->on_step = say('a');
  b->on_step = say('b');
  const auto first = scheduler.submit(works({a}));
  const auto second = scheduler.submit(works({b}));
  all_there.set_value();
  report_of(*a);
  report_of(*b);
  // Whose turn it is depends on measured times, but neither waits for the other's end.
  EXPECT_LT(order.find('b'), 4U) << order;
  EXPECT_GT(order.rfind('a'), 6U) << order;
}

TEST_F(SchedulerTest, AShortRequestDoesNotWaitForALongOne) {
  Scheduler scheduler({.max_active = 4, .max_waiting = 4, .together = 1}, metrics_);
  auto longer = probe(100000);
  longer->on_step = [](std::int64_t) { std::this_thread::sleep_for(milliseconds(1)); };
  const auto long_ticket = scheduler.submit(works({longer}));
  while (longer->taken < 100) std::this_thread::yield();
  auto shorter = probe(10);
  shorter->on_step = longer->on_step;
  const std::int64_t before = longer->taken;
  const auto short_ticket = scheduler.submit(works({shorter}));
  report_of(*shorter);
  // It began at what the long one has had, so they shared the machine from then on.
  EXPECT_LT(longer->taken - before, 40);
}

TEST_F(SchedulerTest, ANewRequestDoesNotHoldUpTheOthers) {
  Scheduler scheduler({.max_active = 4, .max_waiting = 4, .together = 1}, metrics_);
  const auto slow = [](std::int64_t) { std::this_thread::sleep_for(milliseconds(1)); };
  auto old = probe(100000);
  old->on_step = slow;
  const auto old_ticket = scheduler.submit(works({old}));
  while (old->taken < 200) std::this_thread::yield();
  auto fresh = probe(100000);
  fresh->on_step = slow;
  const std::int64_t before = old->taken;
  const auto fresh_ticket = scheduler.submit(works({fresh}));
  while (fresh->taken < 50) std::this_thread::yield();
  EXPECT_GT(old->taken - before, 10);
}

TEST_F(SchedulerTest, ARequestOfManySessionsGetsNoLargerShare) {
  Scheduler scheduler({.max_active = 8, .max_waiting = 8, .together = 1}, metrics_);
  const auto slow = [](std::int64_t) { std::this_thread::sleep_for(milliseconds(1)); };
  std::vector<std::shared_ptr<Probe>> many;
  for (int i = 0; i < 4; ++i) {
    many.push_back(probe(100000));
    many.back()->on_step = slow;
  }
  auto single = probe(60);
  single->on_step = slow;
  const auto many_ticket = scheduler.submit(works(many));
  const auto single_ticket = scheduler.submit(works({single}));
  report_of(*single);
  std::int64_t steps = 0;
  for (const auto& one : many) steps += one->taken;
  EXPECT_LT(steps, 150);
  EXPECT_GT(steps, 20);
}

TEST_F(SchedulerTest, StepsSeveralTogetherAndSharesTheTimeByWeight) {
  Scheduler scheduler({.max_active = 4, .max_waiting = 4, .together = 2}, metrics_);
  const auto slow = [](std::int64_t) { std::this_thread::sleep_for(milliseconds(5)); };
  auto light = probe(4);
  auto heavy = probe(4);
  heavy->weight = 3.0;
  light->on_step = heavy->on_step = slow;
  const auto ticket = scheduler.submit(works({light, heavy}));
  const double light_seconds = report_of(*light).compute_seconds;
  EXPECT_NEAR(report_of(*heavy).compute_seconds, 3 * light_seconds, 1e-9);
  EXPECT_THAT(metrics_.text({}), HasSubstr("tess2_step_seconds_count 4\n"));
  EXPECT_THAT(metrics_.text({}), HasSubstr("tess2_steps_total 8\n"));
}

TEST_F(SchedulerTest, RefusesMoreThanItHasPlacesFor) {
  Scheduler scheduler({.max_active = 1, .max_waiting = 2, .together = 1}, metrics_);
  std::promise<void> release;
  auto released = release.get_future().share();
  auto a = probe(1);
  a->on_step = [released](std::int64_t) { released.wait(); };
  auto b = probe(1);
  auto c = probe(1);
  const auto first = scheduler.submit(works({a}));
  EXPECT_THROW(scheduler.submit(works({probe(1), probe(1), probe(1)})), QueueFull);
  const auto rest = scheduler.submit(works({b, c}));
  try {
    scheduler.submit(works({probe(1)}));
    ADD_FAILURE() << "there was a place";
  } catch (const QueueFull& error) {
    EXPECT_GE(error.seconds(), 1);
  }
  release.set_value();
  EXPECT_EQ(report_of(*c).end, WorkEnd::kFinished);
}

TEST_F(SchedulerTest, ATicketThatGoesCancelsItsSessions) {
  Scheduler scheduler({.max_active = 1, .max_waiting = 4, .together = 1}, metrics_);
  auto active = probe(1000000);
  auto waiting = probe(1);
  {
    const auto ticket = scheduler.submit(works({active, waiting}));
    while (active->taken < 3) std::this_thread::yield();
  }
  EXPECT_EQ(report_of(*active).end, WorkEnd::kCancelled);
  EXPECT_EQ(report_of(*waiting).end, WorkEnd::kCancelled);
  EXPECT_EQ(waiting->taken, 0);
  auto next = probe(1);
  const auto ticket = scheduler.submit(works({next}));
  EXPECT_EQ(report_of(*next).end, WorkEnd::kFinished);
}

TEST_F(SchedulerTest, AnErrorEndsItsSessionAlone) {
  Scheduler scheduler({.max_active = 4, .max_waiting = 4, .together = 4}, metrics_);
  auto bad = probe(10);
  bad->on_step = [](std::int64_t step) {
    if (step == 2) throw Error("no luck");
  };
  auto odd = probe(10);
  odd->on_step = [](std::int64_t) { throw 5; };
  auto unborn = probe(10);
  unborn->start_error = "no start";
  auto good = probe(10);
  const auto ticket = scheduler.submit(works({bad, odd, unborn, good}));
  const WorkReport report = report_of(*bad);
  EXPECT_EQ(report.end, WorkEnd::kFailed);
  EXPECT_EQ(report.problem, "no luck");
  EXPECT_EQ(report_of(*odd).end, WorkEnd::kFailed);
  EXPECT_EQ(report_of(*unborn).problem, "no start");
  EXPECT_EQ(report_of(*good).end, WorkEnd::kFinished);
  EXPECT_EQ(good->taken, 10);
}

TEST_F(SchedulerTest, DrainingFinishesWhatIsInHandAndRefusesTheRest) {
  Scheduler scheduler({}, metrics_);
  auto one = probe(20);
  one->on_step = [](std::int64_t) { std::this_thread::sleep_for(milliseconds(1)); };
  const auto ticket = scheduler.submit(works({one}));
  scheduler.drain(60);
  EXPECT_EQ(report_of(*one).end, WorkEnd::kFinished);
  EXPECT_THROW(scheduler.submit(works({probe(1)})), ShuttingDown);
  EXPECT_EQ(scheduler.counts().active, 0);
}

TEST_F(SchedulerTest, DrainingCancelsWhatTakesTooLong) {
  Scheduler scheduler({}, metrics_);
  auto one = probe(1000000);
  one->on_step = [](std::int64_t) { std::this_thread::sleep_for(milliseconds(1)); };
  const auto ticket = scheduler.submit(works({one}));
  scheduler.drain(0.05);
  EXPECT_EQ(report_of(*one).end, WorkEnd::kCancelled);
}

TEST_F(SchedulerTest, TheWaitIsThatOfRecentSessions) {
  Scheduler scheduler({.max_active = 1, .max_waiting = 0, .together = 1}, metrics_);
  auto one = probe(1);
  one->on_step = [](std::int64_t) { std::this_thread::sleep_for(milliseconds(1100)); };
  const auto first = scheduler.submit(works({one}));
  report_of(*one);
  auto blocker = probe(1000000);
  // The first one's place is free once its end is known.
  const auto second = scheduler.submit(works({blocker}));
  try {
    scheduler.submit(works({probe(1)}));
    ADD_FAILURE() << "there was a place";
  } catch (const QueueFull& error) {
    EXPECT_EQ(error.seconds(), 2);
  }
}

}  // namespace
}  // namespace tess2::serve
