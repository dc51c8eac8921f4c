#include "app/child_processes.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "core/error.h"

namespace tess2::app {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// This process's environment with some variables set.
std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> all;
  const auto is_set = [&](const std::string& entry) {
    return std::ranges::any_of(variables,
                               [&](const auto& v) { return entry.starts_with(v.first + "="); });
  };
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!is_set(*entry)) all.emplace_back(*entry);
  }
  for (const auto& [name, value] : variables) all.push_back(name + "=" + value);
  return all;
}

// Between fork and exec: nothing that another thread may hold a lock of.
[[noreturn]] void become(char* const* arguments, char* const* environment, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // it died before that
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve("/proc/self/exe", arguments, environment);
  ::_exit(127);
}

std::string ending_of(int status) {
  if (WIFSIGNALED(status)) return "was killed by signal " + std::to_string(WTERMSIG(status));
  return "ended with code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

ChildProcesses::~ChildProcesses() {
  signal(SIGKILL);
  for (const pid_t id : ids_) {
    if (id > 0) ::waitpid(id, nullptr, 0);
  }
}

void ChildProcesses::start(const std::vector<std::string>& arguments,
                           const std::vector<std::pair<std::string, std::string>>& variables) {
  std::vector<std::string> words = {"tess2"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> environment = environment_with(variables);
  const auto word_pointers = pointers_to(words);
  const auto environment_pointers = pointers_to(environment);
  const pid_t parent = ::getpid();
  const pid_t id = ::fork();
  if (id == 0) become(word_pointers.data(), environment_pointers.data(), parent);
  if (id < 0) {
    throw Error("a process cannot be started: " + std::generic_category().message(errno));
  }
  ids_.push_back(id);
}

std::size_t ChildProcesses::running() const {
  return static_cast<std::size_t>(std::ranges::count_if(ids_, [](pid_t id) { return id > 0; }));
}

std::vector<ChildProcesses::Ended> ChildProcesses::take_ended() {
  std::vector<Ended> ended;
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    int status = 0;
    if (ids_[i] <= 0 || ::waitpid(ids_[i], &status, WNOHANG) != ids_[i]) continue;
    ids_[i] = -1;
    ended.push_back({i, ending_of(status), WIFEXITED(status) && WEXITSTATUS(status) == 0});
  }
  return ended;
}

void ChildProcesses::signal(int number) const {
  for (const pid_t id : ids_) {
    if (id > 0) ::kill(id, number);
  }
}

}  // namespace tess2::app
