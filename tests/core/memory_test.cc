#include "core/memory.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.h"

namespace tess2 {
namespace {

/// A made-up system with 8 MB, 6 of them free.
class MemoryTest : public testing::Test {
 protected:
  MemoryTest() {
    write("proc/meminfo",
          "MemTotal:  8192 kB\nMemFree: 100 kB\nMemAvailable: 6144 kB\nHugePages: 0\n");
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name) << text;
  }
  void expect(std::uint64_t total_kb, std::uint64_t available_kb) const {
    const MachineMemory memory = machine_memory(folder_.path());
    EXPECT_EQ(memory.total, total_kb * 1024);
    EXPECT_EQ(memory.available, available_kb * 1024);
  }
  test_support::TemporaryFolder folder_;
};

TEST_F(MemoryTest, IsTheMachines) {
  expect(8192, 6144);
}

TEST_F(MemoryTest, AControlGroupsLimitCounts) {
  write("sys/fs/cgroup/memory.max", "max\n");
  expect(8192, 6144);
  write("sys/fs/cgroup/memory.max", "4194304\n");
  write("sys/fs/cgroup/memory.current", "1048576\n");
  expect(4096, 3072);
}

TEST_F(MemoryTest, SoDoesOneOfTheFirstVersion) {
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  expect(8192, 6144);
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "2097152\n");
  write("sys/fs/cgroup/memory/memory.usage_in_bytes", "4194304\n");
  expect(2048, 0);
}

TEST(Memory, OfASystemThatDoesNotTellIsNone) {
  const test_support::TemporaryFolder folder;
  EXPECT_EQ(machine_memory(folder.path()).total, 0U);
  EXPECT_GT(machine_memory().total, 0U);
  EXPECT_LE(machine_memory().available, machine_memory().total);
}

}  // namespace
}  // namespace tess2
