#include "app/signal_watcher.h"

#include <utility>

#include "core/log.h"

namespace tess2::app {
namespace {

void end_process(int signal) {
  ::signal(signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
  raise(signal);
}

}  // namespace

SignalWatcher::SignalWatcher() {
  sigemptyset(&watched_);
  sigaddset(&watched_, SIGINT);
  sigaddset(&watched_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &watched_, &before_);
  thread_ = std::thread([this] { watch(); });
}

SignalWatcher::~SignalWatcher() {
  stopping_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);  // to the thread alone: it wakes up
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void SignalWatcher::on_signal(std::function<void()> act) {
  const std::lock_guard lock(mutex_);
  act_ = std::move(act);
}

void SignalWatcher::watch() {
  for (;;) {
    const int signal = sigwaitinfo(&watched_, nullptr);
    if (stopping_) return;
    if (signal > 0) handle(signal);
  }
}

void SignalWatcher::handle(int signal) {
  const std::lock_guard lock(mutex_);
  const auto act = std::exchange(act_, {});
  if (!act) return end_process(signal);
  act();
}

// What the watcher calls outlives the run.
std::shared_ptr<const std::atomic<bool>> stop_on_signal(SignalWatcher& signals) {
  auto stop = std::make_shared<std::atomic<bool>>(false);
  signals.on_signal([stop] {
    *stop = true;
    log_info("stopping once the answers in work are written; once more to stop at once");
  });
  return stop;
}

}  // namespace tess2::app
