#include "eval/harness/program_run.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "core/file.h"
#include "support/temporary_folder.h"

namespace tess2::eval {
namespace {

// Skips where programs cannot be run, and says why.
class ProgramRunTest : public testing::Test {
 protected:
  void SetUp() override {
    const std::string problem = test_support::error_of([] { run_python("pass"); });
    if (problem != "nothing thrown") GTEST_SKIP() << problem;
  }
  static std::string end_of(const std::string& program, const ProgramLimits& limits = {}) {
    const ProgramEnd end = run_python(program, limits);
    return (end.passed ? "passed: " : "failed: ") + end.how;
  }
};

TEST_F(ProgramRunTest, PassesWhatRunsToItsEnd) {
  EXPECT_EQ(end_of("assert 1 + 1 == 2"), "passed: exit code 0");
  EXPECT_EQ(end_of("print('no end of line', end='')"), "passed: exit code 0");
  EXPECT_EQ(end_of("print('x' * 1000000)"), "passed: exit code 0");
}

TEST_F(ProgramRunTest, FailsWhatDoesNot) {
  EXPECT_EQ(end_of("assert 1 + 1 == 3"), "failed: exit code 1");
  EXPECT_EQ(end_of("def f("), "failed: exit code 1");
  EXPECT_EQ(end_of("import os, signal\nos._exit(7)"), "failed: exit code 7");
}

TEST_F(ProgramRunTest, LeavingEarlyIsNotPassing) {
  EXPECT_EQ(end_of("import sys\nsys.exit(0)"), "failed: it left before its end");
  EXPECT_EQ(end_of("import os\nos._exit(0)"), "failed: it left before its end");
}

TEST_F(ProgramRunTest, TimeIsLimited) {
  ProgramLimits limits;
  limits.wall_seconds = 0.5;
  EXPECT_EQ(end_of("import time\ntime.sleep(60)", limits), "failed: 0.5 s are over");
  EXPECT_EQ(end_of("import os, time\nos.close(1)\nos.close(2)\ntime.sleep(60)", limits),
            "failed: 0.5 s are over");
  limits = {};
  limits.cpu_seconds = 1;
  EXPECT_EQ(end_of("while True: pass", limits), "failed: signal 9");
}

TEST_F(ProgramRunTest, MemoryIsLimited) {
  ProgramLimits limits;
  limits.memory_bytes = std::int64_t{256} << 20;
  EXPECT_EQ(end_of("x = bytearray(1 << 30)", limits), "failed: exit code 1");
  EXPECT_EQ(end_of("x = bytearray(1 << 20)", limits), "passed: exit code 0");
}

TEST_F(ProgramRunTest, FilesAreLimited) {
  ProgramLimits limits;
  limits.file_bytes = 1000;
  EXPECT_EQ(end_of("f = open('a', 'w')\nf.write('x' * 900)\nf.close()", limits),
            "passed: exit code 0");
  EXPECT_EQ(end_of("f = open('a', 'w')\nf.write('x' * 9000)\nf.close()", limits),
            "failed: exit code 1");
}

// Not even the loopback device is up.
TEST_F(ProgramRunTest, ThereIsNoNetwork) {
  const std::string sockets =
      "import socket\n"
      "names = [name for _, name in socket.if_nameindex()]\n"
      "assert names == ['lo'], names\n"
      "try:\n"
      "    socket.create_connection(('127.0.0.1', 9), 1)\n"
      "except OSError as error:\n"
      "    assert error.errno == 101, error\n"
      "else:\n"
      "    raise AssertionError\n";
  EXPECT_EQ(end_of(sockets), "passed: exit code 0");
}

TEST_F(ProgramRunTest, OnlyItsOwnFolderCanBeWritten) {
  const test_support::TemporaryFolder folder;
  const std::string file = (folder.path() / "kept").string();
  std::ofstream(file) << "kept";
  EXPECT_EQ(end_of("open('" + file + "', 'w')"), "failed: exit code 1");
  EXPECT_EQ(end_of("import os\nos.remove('" + file + "')"), "failed: exit code 1");
  EXPECT_EQ(end_of("open('mine', 'w').write('x')\nassert open('mine').read() == 'x'"),
            "passed: exit code 0");
  EXPECT_EQ(read_text_file(file), "kept");
}

// The child holds a lock that nobody could take while it lives.
TEST_F(ProgramRunTest, WhatItStartedEndsWithIt) {
  const test_support::TemporaryFolder folder;
  const std::string file = (folder.path() / "lock").string();
  std::ofstream(file) << "x";
  EXPECT_EQ(end_of("import fcntl, os, time\n"
                   "lock = open('" +
                   file +
                   "')\n"
                   "fcntl.flock(lock, fcntl.LOCK_EX)\n"
                   "if os.fork() == 0:\n"
                   "    os.setsid()\n"
                   "    time.sleep(30)\n"),
            "passed: exit code 0");
  EXPECT_NO_THROW(AppendFile{file});
}

TEST_F(ProgramRunTest, NothingOfOursIsInItsEnvironment) {
  ::setenv("TESS2_SECRET_OF_TEST", "x", 1);
  EXPECT_EQ(end_of("import os\nassert 'TESS2_SECRET_OF_TEST' not in os.environ"),
            "passed: exit code 0");
  ::unsetenv("TESS2_SECRET_OF_TEST");
}

}  // namespace
}  // namespace tess2::eval
