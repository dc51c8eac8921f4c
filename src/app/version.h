// Which versions make up this program.
#pragma once

#include <string>

namespace tess2::app {

/// Version of tess2 itself: `0.1.0`.
std::string program_version();

/// Three lines: tess2, LibTorch (as compiled against) and oneDNN (as loaded).
std::string version_text();

}  // namespace tess2::app
