// Processes that this one starts, watches and ends.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace tess2::app {

/// Each runs this same program. They end (SIGTERM) where this process dies.
class ChildProcesses {
 public:
  /// A process that has ended.
  struct Ended {
    std::size_t number;  ///< of the child, in the order of starting
    std::string how;     ///< `ended with code 1`, `was killed by signal 9`
    bool well;           ///< with code 0
  };

  ChildProcesses() = default;
  /// Kills those that still run.
  ~ChildProcesses();
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;

  /// Starts one in a process group of its own, so that the terminal's signals come to this process
  /// alone, with these variables added to the environment. Throws Error.
  void start(const std::vector<std::string>& arguments,
             const std::vector<std::pair<std::string, std::string>>& variables);

  std::size_t running() const;
  /// Those that have ended since the last call; does not wait.
  std::vector<Ended> take_ended();
  /// To all that still run. May be called from another thread once all are started.
  void signal(int number) const;

 private:
  std::vector<pid_t> ids_;  ///< -1: has ended
};

}  // namespace tess2::app
