#include "core/memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <utility>

namespace tess2 {
namespace {

namespace fs = std::filesystem;

/// The number that stands alone in a file; `absent` where there is none, such as `max`.
std::uint64_t number_in(const fs::path& file, std::uint64_t absent) {
  std::ifstream in(file);
  std::uint64_t number = 0;
  return in >> number ? number : absent;
}

/// Both figures of /proc/meminfo.
MachineMemory physical_memory(const fs::path& root) {
  MachineMemory memory;
  std::ifstream in(root / "proc/meminfo");
  std::string name, rest;
  std::uint64_t kilobytes = 0;
  while (in >> name >> kilobytes && std::getline(in, rest)) {
    if (name == "MemTotal:") memory.total = kilobytes * 1024;
    if (name == "MemAvailable:") memory.available = kilobytes * 1024;
  }
  return memory;
}

}  // namespace

MachineMemory machine_memory(const fs::path& root) {
  MachineMemory memory = physical_memory(root);
  constexpr std::uint64_t kNone = std::numeric_limits<std::uint64_t>::max();
  // Control groups of version 2, then of version 1.
  for (const auto& [limit, used] :
       {std::pair{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/memory.current"},
        {"sys/fs/cgroup/memory/memory.limit_in_bytes",
         "sys/fs/cgroup/memory/memory.usage_in_bytes"}}) {
    const std::uint64_t most = number_in(root / limit, kNone);
    if (most >= memory.total) continue;
    const std::uint64_t taken = std::min(number_in(root / used, 0), most);
    memory.total = most;
    memory.available = std::min(memory.available, most - taken);
  }
  return memory;
}

}  // namespace tess2
