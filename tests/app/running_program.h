// The built program while it runs.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace tess2::app {

/// The program in a process of its own; killed where a test leaves it running.
class RunningProgram {
 public:
  explicit RunningProgram(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), TESS2_PROGRAM);
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe(ends.data()), 0);
    id_ = fork();
    if (id_ == 0) {
      dup2(ends[1], 1);
      std::vector<char*> words;
      for (std::string& argument : arguments) words.push_back(argument.data());
      words.push_back(nullptr);
      execv(words[0], words.data());
      _exit(127);
    }
    close(ends[1]);
    out_ = fdopen(ends[0], "r");
  }
  ~RunningProgram() {
    if (id_ > 0) {
      kill(id_, SIGKILL);
      waitpid(id_, nullptr, 0);
    }
    fclose(out_);
  }
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  std::string read_line() {
    std::array<char, 512> line{};
    return fgets(line.data(), line.size(), out_) == nullptr ? "" : line.data();
  }
  void send(int signal) const { kill(id_, signal); }
  /// Whether it has not ended; to be asked before `wait`.
  bool is_running() const {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
  }
  /// The most bytes of memory that it had at a time so far; 0 where the system does not tell.
  std::uint64_t peak_memory() const {
    std::ifstream status("/proc/" + std::to_string(id_) + "/status");
    for (std::string word; status >> word;) {
      std::uint64_t kilobytes = 0;
      if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
    }
    return 0;
  }
  /// The exit code, or minus the signal that ended it.
  int wait() {
    int status = 0;
    waitpid(id_, &status, 0);
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

 private:
  pid_t id_ = -1;
  FILE* out_ = nullptr;
};

}  // namespace tess2::app
