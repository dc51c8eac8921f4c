// Runs a Python program that a model wrote, confined: limits on time, memory and processes, no
// network, and nothing to write to but an empty folder. It can read what the user can read.
#pragma once

#include <cstdint>
#include <string>

namespace tess2::eval {

struct ProgramLimits {
  std::int64_t cpu_seconds = 10;
  double wall_seconds = 20.0;
  std::int64_t memory_bytes = std::int64_t{1} << 30;
  std::int64_t file_bytes = 1 << 20;  ///< of each file that it writes
  std::int64_t processes = 64;
};

struct ProgramEnd {
  bool passed = false;  ///< ran to its last line and ended with exit code 0
  std::string how;      ///< `exit code 1`, `signal 9`, `20 s are over`
};

/// Runs `program` with `python3`, with nothing to read and its output thrown away, in an empty
/// folder that is removed afterwards. A program that leaves early has not passed, whatever its exit
/// code. Throws Error where it cannot be confined (Linux refuses the namespaces that keep it from
/// network and files) or there is no python3: it has then not run.
ProgramEnd run_python(const std::string& program, const ProgramLimits& limits = {});

}  // namespace tess2::eval
