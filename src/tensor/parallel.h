// Parallel loops whose results cannot depend on the number of threads: the work is cut into tasks
// by its shape alone, and each task runs on one thread.
//
// The threads are a pool of our own, not OpenMP's. An OpenMP region ends only when each of its
// threads has been given a processor, and they spin meanwhile: on a machine with anything else to
// do that costs far more than it gains. Here whoever is awake takes the next task, and the caller
// waits only for tasks that somebody has begun.
#pragma once

#include <cstdint>

namespace tess2::tensor {

namespace detail {

/// A loop body without its type: call(task, i).
struct TaskView {
  void (*call)(const void* task, std::int64_t index);
  const void* task;
};

void run_tasks(std::int64_t count, TaskView view);

}  // namespace detail

/// Runs task(i) for i in [0, count), each on one thread, in any order. Inside a task everything
/// nested, LibTorch's and oneDNN's parallel loops included, runs on that thread alone. The first
/// exception of a task is rethrown after all have ended. A task that uses LibTorch's operators must
/// set its own autograd mode: worker threads do not inherit it.
template <class Task>
void parallel_tasks(std::int64_t count, const Task& task) {
  const auto call = [](const void* body, std::int64_t index) {
    (*static_cast<const Task*>(body))(index);
  };
  detail::run_tasks(count, {call, &task});
}

/// Runs task(begin, end) over [0, count) in blocks of `block` rows (the last one shorter).
template <class Task>
void parallel_blocks(std::int64_t count, std::int64_t block, const Task& task) {
  parallel_tasks((count + block - 1) / block, [&](std::int64_t i) {
    const std::int64_t begin = i * block;
    task(begin, begin + block < count ? begin + block : count);
  });
}

/// How many threads the loops above may use, the caller's included. Not to be called inside a task.
void set_parallelism(int threads);
int parallelism();

}  // namespace tess2::tensor
