// How much memory the machine has.
#pragma once

#include <cstdint>
#include <filesystem>

namespace tess2 {

struct MachineMemory {
  std::uint64_t total = 0;      ///< bytes
  std::uint64_t available = 0;  ///< bytes that a process could still have without swapping
};

/// What this machine has, or its control group where that may have less. Zeros where the system
/// does not tell. `root` is where /proc and /sys are looked for.
MachineMemory machine_memory(const std::filesystem::path& root = "/");

}  // namespace tess2
