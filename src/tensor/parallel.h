// Parallel loops whose results cannot depend on the number of threads: the work is cut into tasks
// by its shape alone, and each task runs on one thread.
#pragma once

#include <omp.h>

#include <cstdint>
#include <exception>

namespace tess2::tensor {

/// Runs task(i) for i in [0, count), each on one thread, in any order. Inside a task every nested
/// parallel loop, LibTorch's and oneDNN's included, runs on that thread alone. The first exception
/// of a task is rethrown after all have ended. A task that uses LibTorch's operators must set its
/// own autograd mode: worker threads do not inherit it.
template <class Task>
void parallel_tasks(std::int64_t count, const Task& task) {
  if (omp_in_parallel()) {
    for (std::int64_t i = 0; i < count; ++i) task(i);
    return;
  }
  std::exception_ptr error;
#pragma omp parallel for schedule(dynamic, 1)
  for (std::int64_t i = 0; i < count; ++i) {
    try {
      task(i);
    } catch (...) {
#pragma omp critical(tess2_parallel_tasks)
      if (!error) error = std::current_exception();
    }
  }
  if (error) std::rethrow_exception(error);
}

/// Runs task(begin, end) over [0, count) in blocks of `block` rows (the last one shorter).
template <class Task>
void parallel_blocks(std::int64_t count, std::int64_t block, const Task& task) {
  parallel_tasks((count + block - 1) / block, [&](std::int64_t i) {
    const std::int64_t begin = i * block;
    task(begin, begin + block < count ? begin + block : count);
  });
}

}  // namespace tess2::tensor
