// Several processes that train together on loopback, and what they wrote.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace tess2::train::test {

/// A port of loopback that nobody uses at the moment.
inline std::string free_port() {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(listener, plain, size), 0);
  EXPECT_EQ(getsockname(listener, plain, &size), 0);
  close(listener);
  return std::to_string(ntohs(address.sin_port));
}

/// What one rank printed, line by line, and how it ended.
struct RankOutcome {
  int code = -1;  ///< the exit code, or minus the signal that ended it
  std::vector<std::string> lines;
  std::string error;  ///< the line that begins with `error: `, without that
};

/// Runs the worker of the tests (tests/train/ranks_worker.cc), one process a rank, each killed
/// where it takes longer than four minutes.
class RankProcesses {
 public:
  RankProcesses(int ranks, const std::filesystem::path& folder,
                const std::vector<std::string>& arguments)
      : folder_(folder) {
    const std::string port = free_port();
    for (int rank = 0; rank < ranks; ++rank) {
      start(arguments, {{"RANK", std::to_string(rank)},
                        {"WORLD_SIZE", std::to_string(ranks)},
                        {"MASTER_ADDR", "127.0.0.1"},
                        {"MASTER_PORT", port}});
    }
  }
  ~RankProcesses() {
    for (const pid_t id : ids_) {
      if (id <= 0) continue;
      kill(id, SIGKILL);
      waitpid(id, nullptr, 0);
    }
  }
  RankProcesses(const RankProcesses&) = delete;
  RankProcesses& operator=(const RankProcesses&) = delete;

  void send(int rank, int signal) const { kill(ids_[static_cast<std::size_t>(rank)], signal); }

  std::vector<RankOutcome> wait() {
    std::vector<RankOutcome> outcomes(ids_.size());
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(240);
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      outcomes[i].code = wait_for(i, end);
      read_lines(i, outcomes[i]);
    }
    return outcomes;
  }

 private:
  std::filesystem::path output_of(std::size_t rank) const {
    return folder_ / ("rank-" + std::to_string(rank) + ".txt");
  }

  void start(std::vector<std::string> arguments, const std::map<std::string, std::string>& more) {
    std::vector<std::string> environment;
    for (const auto& [name, value] : more) environment.push_back(name + "=" + value);
    arguments.insert(arguments.begin(), TESS2_RANKS_WORKER);
    const auto pointers = [](std::vector<std::string>& texts) {
      std::vector<char*> result;
      for (std::string& text : texts) result.push_back(text.data());
      result.push_back(nullptr);
      return result;
    };
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, output_of(ids_.size()).c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
    pid_t id = -1;
    EXPECT_EQ(posix_spawn(&id, TESS2_RANKS_WORKER, &files, nullptr, pointers(arguments).data(),
                          pointers(environment).data()),
              0);
    posix_spawn_file_actions_destroy(&files);
    ids_.push_back(id);
  }

  int wait_for(std::size_t i, std::chrono::steady_clock::time_point end) {
    int status = 0;
    while (waitpid(ids_[i], &status, WNOHANG) == 0) {
      if (std::chrono::steady_clock::now() > end) {
        ADD_FAILURE() << "rank " << i << " does not end";
        return -1;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    ids_[i] = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  void read_lines(std::size_t i, RankOutcome& outcome) const {
    std::ifstream in(output_of(i));
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("error: ")) {
        outcome.error = line.substr(7);
      } else {
        outcome.lines.push_back(line);
      }
    }
  }

  std::filesystem::path folder_;
  std::vector<pid_t> ids_;  ///< -1: has ended
};

}  // namespace tess2::train::test
