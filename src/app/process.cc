#include "app/process.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "tensor/runtime.h"

namespace tess2::app {

void keep_freed_memory() {
#if defined(__GLIBC__)
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_ARENA_MAX, 1);
#endif
}

void use_threads(std::int64_t threads) {
  tensor::set_threads(static_cast<int>(threads));
}

}  // namespace tess2::app
