#include "eval/harness/program_run.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "core/error.h"
#include "core/file.h"
#include "core/fingerprint.h"

namespace tess2::eval {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& action, int reason) {
  throw Error("generated programs: " + action + ": " + std::generic_category().message(reason));
}

// An empty folder for one program.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "tess2-program-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) fail("a folder cannot be made", errno);
    path_ = name;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// A pipe that does not outlive an exec.
struct Pipe {
  Pipe() {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("a pipe cannot be made", errno);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
  int read_end() const { return ends[0]; }
  int write_end() const { return ends[1]; }
  void close_write() { ::close(std::exchange(ends[1], -1)); }

  std::array<int, 2> ends{};
};

// What the child could not do before the program began, told through a pipe.
enum class Step : int { kConfine, kProtect, kFork, kLimit, kRun };

struct Trouble {
  Step step;
  int reason;
};

// Everything that the child needs, made before the fork: after it only system calls are safe.
struct Launch {
  const char* folder;
  const char* file;
  ProgramLimits limits;
  int output;
  int trouble;
};

[[noreturn]] void give_up(const Launch& launch, Step step) {
  const Trouble trouble{step, errno};
  [[maybe_unused]] const auto told = ::write(launch.trouble, &trouble, sizeof(trouble));
  ::_exit(127);
}

bool limit(int resource, std::int64_t most) {
  const auto value = static_cast<rlim_t>(most);
  const rlimit bound{value, value};
  return ::setrlimit(static_cast<__rlimit_resource>(resource), &bound) == 0;
}

bool limit_all(const ProgramLimits& limits) {
  return limit(RLIMIT_CPU, limits.cpu_seconds) && limit(RLIMIT_AS, limits.memory_bytes) &&
         limit(RLIMIT_FSIZE, limits.file_bytes) && limit(RLIMIT_NPROC, limits.processes) &&
         limit(RLIMIT_CORE, 0);
}

// Standard input is empty, the outputs go to the parent.
bool redirect(const Launch& launch) {
  const int empty = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  return empty >= 0 && ::dup2(empty, 0) == 0 && ::dup2(launch.output, 1) == 1 &&
         ::dup2(empty, 2) == 2;
}

bool set_read_only(const char* folder, bool read_only, unsigned flags) {
  mount_attr attributes{};
  (read_only ? attributes.attr_set : attributes.attr_clr) = MOUNT_ATTR_RDONLY;
  return ::syscall(SYS_mount_setattr, AT_FDCWD, folder, flags, &attributes, sizeof(attributes)) ==
         0;
}

bool bind_mount(const char* folder) {
  constexpr unsigned long kBind = 4096;  // MS_BIND
  return ::syscall(SYS_mount, folder, folder, nullptr, kBind, nullptr) == 0;
}

// Everything becomes read-only but the program's own folder, for which a mount of its own is made.
bool protect_files(const char* folder) {
  return bind_mount(folder) && set_read_only("/", true, AT_RECURSIVE) &&
         set_read_only(folder, false, 0);
}

// Process 1 of a namespace of its own: with it ends everything that it started.
[[noreturn]] void become_program(const Launch& launch) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!redirect(launch) || ::chdir(launch.folder) != 0 || !limit_all(launch.limits)) {
    give_up(launch, Step::kLimit);
  }
  const std::array<const char*, 5> arguments{"python3", "-I", "-B", launch.file, nullptr};
  const std::array<const char*, 3> environment{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/",
                                               nullptr};
  ::execvpe("python3", const_cast<char* const*>(arguments.data()),
            const_cast<char* const*>(environment.data()));
  give_up(launch, Step::kRun);
}

// Leaves the network, starts the program and passes on how it ended.
[[noreturn]] void confine(const Launch& launch) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNS) != 0) {
    give_up(launch, Step::kConfine);
  }
  if (!protect_files(launch.folder)) give_up(launch, Step::kProtect);
  const pid_t program = ::fork();
  if (program < 0) give_up(launch, Step::kFork);
  if (program == 0) become_program(launch);
  // The output stays open here, so that it ends with the program and not where the program closes
  // it: whoever reads it watches the time.
  ::close(launch.trouble);
  int status = 0;
  while (::waitpid(program, &status, 0) < 0 && errno == EINTR) {
  }
  ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

// The last bytes that come out of a pipe until it is closed or the time is over.
struct Output {
  std::string tail;
  bool in_time = true;
};

Output read_output(int pipe, double seconds) {
  constexpr std::size_t kKept = 256;
  const auto end = Clock::now() + std::chrono::duration<double>(seconds);
  Output output;
  std::array<char, 4096> buffer;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    pollfd waited{pipe, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waited, 1, static_cast<int>(left.count())) == 0) {
      output.in_time = false;
      return output;
    }
    const ssize_t count = ::read(pipe, buffer.data(), buffer.size());
    if (count == 0) return output;
    if (count < 0) continue;
    output.tail.append(buffer.data(), static_cast<std::size_t>(count));
    if (output.tail.size() > kKept) output.tail.erase(0, output.tail.size() - kKept);
  }
}

int reap(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

[[noreturn]] void throw_trouble(const Trouble& trouble) {
  switch (trouble.step) {
    case Step::kConfine:
      fail("not run, for they cannot be kept from the network", trouble.reason);
    case Step::kProtect:
      fail("not run, for they cannot be kept from writing files", trouble.reason);
    case Step::kFork:
      fail("not run: a process cannot be made", trouble.reason);
    case Step::kLimit:
      fail("not run: their limits cannot be set", trouble.reason);
    case Step::kRun:
      fail("python3 cannot be started", trouble.reason);
  }
  fail("not run", trouble.reason);
}

std::string how_it_ended(int code) {
  constexpr int kSignal = 128;
  return code > kSignal ? "signal " + std::to_string(code - kSignal)
                        : "exit code " + std::to_string(code);
}

std::string seconds_text(double seconds) {
  std::string text = std::to_string(seconds);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text + " s are over";
}

}  // namespace

ProgramEnd run_python(const std::string& program, const ProgramLimits& limits) {
  const ScratchFolder folder;
  const fs::path file = folder.path() / "program.py";
  // No program prints this by accident before it leaves early.
  Fingerprint mark;
  mark.add(program);
  const std::string sign = "end " + mark.text();
  write_file_atomically(file, [&](std::ostream& out) {
    out << program << "\nprint('\\n" << sign << "')\n";
  });
  Pipe output;
  Pipe trouble_pipe;
  const Launch launch{folder.path().c_str(), file.c_str(), limits, output.write_end(),
                      trouble_pipe.write_end()};
  const pid_t child = ::fork();
  if (child < 0) fail("a process cannot be made", errno);
  if (child == 0) confine(launch);
  output.close_write();
  trouble_pipe.close_write();
  const Output printed = read_output(output.read_end(), limits.wall_seconds);
  if (!printed.in_time) ::kill(child, SIGKILL);
  const int status = reap(child);
  if (!printed.in_time) return {false, seconds_text(limits.wall_seconds)};
  Trouble trouble{};
  if (::read(trouble_pipe.read_end(), &trouble, sizeof(trouble)) == sizeof(trouble)) {
    throw_trouble(trouble);
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (code != 0) return {false, how_it_ended(code)};
  if (printed.tail.ends_with("\n" + sign + "\n")) return {true, "exit code 0"};
  return {false, "it left before its end"};
}

}  // namespace tess2::eval
