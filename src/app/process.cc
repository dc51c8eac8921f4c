#include "app/process.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <unistd.h>

#include <algorithm>

#include "core/error.h"
#include "tensor/runtime.h"
#include "train/launch.h"

namespace tess2::app {
namespace {

/// How many processes that train together are on this machine.
std::int64_t ranks_here() {
  try {
    return train::launch_from(train::environment_variable).local_size;
  } catch (const UsageError&) {
    return 1;  // whoever trains says what is wrong with the variables
  }
}

}  // namespace

void keep_freed_memory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_ARENA_MAX, 1);
#endif
}

void use_threads(std::int64_t threads) {
  tensor::set_threads(static_cast<int>(threads));
  if (threads != 0 || ranks_here() == 1) return;
  // Some starters bind each rank to cores of its own: those are then all that it was given.
  const std::int64_t share = ::sysconf(_SC_NPROCESSORS_ONLN) / ranks_here();
  tensor::set_threads(static_cast<int>(std::clamp<std::int64_t>(share, 1, tensor::threads())));
}

}  // namespace tess2::app
