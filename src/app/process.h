// What is set once for the whole process.
#pragma once

#include <cstdint>

namespace tess2::app {

/// Makes malloc keep the memory that it was given: by default glibc maps big temporaries afresh,
/// and page faults then take half the time of a training step. Call first in `main`; does nothing
/// with other C libraries.
void keep_freed_memory();

/// Threads for every parallel loop and product; 0: as many as there are processors, shared out
/// among the processes that train together on this machine.
void use_threads(std::int64_t threads);

}  // namespace tess2::app
