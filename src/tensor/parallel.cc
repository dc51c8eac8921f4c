#include "tensor/parallel.h"

#include <ATen/Parallel.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tess2::tensor {
namespace {

/// How long a thread looks for work before it sleeps: some tens of microseconds, about what waking
/// it up costs.
constexpr int kSpins = 2000;

thread_local bool inside_task = false;

void pause_briefly() {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

/// Spins while `waiting()` holds, for a while; returns whether it still does.
template <class Waiting>
bool spin(const Waiting& waiting) {
  for (int i = 0; i < kSpins; ++i) {
    if (!waiting()) return false;
    pause_briefly();
  }
  return waiting();
}

/// One loop: whoever takes part draws the next index.
class Job {
 public:
  Job(std::int64_t count, detail::TaskView view) : count_(count), view_(view) {}

  void work() {
    inside_task = true;
    for (std::int64_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) {
      try {
        view_.call(view_.task, i);
      } catch (...) {
        const std::lock_guard lock(error_mutex_);
        if (!error_) error_ = std::current_exception();
      }
    }
    inside_task = false;
  }

  /// After all have ended.
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  const std::int64_t count_;
  const detail::TaskView view_;
  std::atomic<std::int64_t> next_{0};
  std::mutex error_mutex_;
  std::exception_ptr error_;
};

/// Keeps LibTorch's and oneDNN's own loops on the calling thread (the setting is a thread's own).
void keep_libraries_serial() {
  at::get_num_threads();  // LibTorch's first use on a thread sets the number; ours comes after it
  omp_set_num_threads(1);
}

class Pool {
 public:
  explicit Pool(int threads) {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { serve(); });
  }

  ~Pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      round_.fetch_add(1);
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  void run(Job& job) {
    {
      const std::lock_guard lock(mutex_);
      job_ = &job;
      round_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    job.work();
    std::unique_lock lock(mutex_);
    job_ = nullptr;  // nobody joins from here on
    lock.unlock();
    const auto busy = [this] { return active_.load(std::memory_order_acquire) > 0; };
    if (!spin(busy)) return;
    lock.lock();
    idle_.wait(lock, [&] { return !busy(); });
  }

 private:
  void serve() {
    keep_libraries_serial();
    std::uint64_t seen = 0;
    for (;;) {
      const auto unchanged = [&] { return round_.load(std::memory_order_acquire) == seen; };
      spin(unchanged);
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return !unchanged(); });
      seen = round_.load();
      if (stopping_) return;
      if (job_ == nullptr) continue;
      Job& job = *job_;
      active_.fetch_add(1);
      lock.unlock();
      job.work();
      lock.lock();
      active_.fetch_sub(1, std::memory_order_release);
      idle_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::atomic<std::uint64_t> round_{0};
  std::atomic<int> active_{0};
  Job* job_ = nullptr;
  bool stopping_ = false;
  std::vector<std::thread> workers_;
};

int available_processors() {
  return std::max(1u, std::thread::hardware_concurrency());
}

/// The process's pool, made at first use. It is the one piece of state that all callers share: the
/// processors are shared too.
struct SharedPool {
  std::mutex in_use;  ///< held by the loop that uses the pool
  std::unique_ptr<Pool> pool = std::make_unique<Pool>(available_processors());
};

SharedPool& shared_pool() {
  static SharedPool shared;
  return shared;
}

}  // namespace

void detail::run_tasks(std::int64_t count, TaskView view) {
  Job job(count, view);
  if (inside_task) {
    for (std::int64_t i = 0; i < count; ++i) view.call(view.task, i);
    return;
  }
  keep_libraries_serial();
  SharedPool& shared = shared_pool();
  const std::unique_lock lock(shared.in_use, std::try_to_lock);
  // A second caller, on a thread of its own, does its work itself.
  if (count > 1 && lock.owns_lock() && shared.pool->threads() > 1) {
    shared.pool->run(job);
  } else {
    job.work();
  }
  job.rethrow();
}

void set_parallelism(int threads) {
  SharedPool& shared = shared_pool();
  const std::lock_guard lock(shared.in_use);
  const int wanted = std::max(threads, 1);
  if (wanted != shared.pool->threads()) shared.pool = std::make_unique<Pool>(wanted);
}

int parallelism() {
  return shared_pool().pool->threads();
}

}  // namespace tess2::tensor
