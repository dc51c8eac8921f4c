// SIGINT and SIGTERM as calls on a thread of their own, where everything may be done.
#pragma once

#include <signal.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace tess2::app {

/// Until `on_signal` says what to do, and after that was done once, the signals end the process as
/// they always do. Make it before any other thread: they inherit that the signals are not theirs.
class SignalWatcher {
 public:
  SignalWatcher();
  /// The signals do again what they did before.
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

  /// `act` is called on the watcher's thread for the next signal. It must return soon; until it
  /// has, no other signal is seen.
  void on_signal(std::function<void()> act);

 private:
  void watch();
  void handle(int signal);

  sigset_t watched_;
  sigset_t before_;
  std::mutex mutex_;
  std::function<void()> act_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

/// True from the first signal on, for work that ends when the answers in work are written; the
/// second signal ends the process. Says so when the first one comes.
std::shared_ptr<const std::atomic<bool>> stop_on_signal(SignalWatcher& signals);

}  // namespace tess2::app
