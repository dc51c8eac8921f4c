// `tess2 launch N COMMAND ...`
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>

#include "app/child_processes.h"
#include "app/run_with_settings.h"
#include "app/signal_watcher.h"
#include "app/subcommands.h"
#include "core/error.h"

namespace tess2::app {
namespace {

constexpr std::array<std::string_view, 4> kTrainingCommands = {"pretrain", "adapt", "tune",
                                                               "reward"};
constexpr std::chrono::milliseconds kLook{100};

/// A port of this machine that nobody uses at the moment.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  const bool found = ::bind(socket, plain, size) == 0 && ::getsockname(socket, plain, &size) == 0;
  if (socket >= 0) ::close(socket);
  if (!found) throw Error("launch: expected a free port on 127.0.0.1, found none");
  return ntohs(address.sin_port);
}

void start_ranks(ChildProcesses& children, std::int64_t ranks,
                 const std::vector<std::string>& command) {
  const std::string size = std::to_string(ranks), port = std::to_string(free_port());
  for (std::int64_t i = 0; i < ranks; ++i) {
    const std::string rank = std::to_string(i);
    children.start(command, {{"RANK", rank},
                             {"WORLD_SIZE", size},
                             {"LOCAL_RANK", rank},
                             {"LOCAL_WORLD_SIZE", size},
                             {"MASTER_ADDR", "127.0.0.1"},
                             {"MASTER_PORT", port}});
  }
}

/// Until all have ended. Those that are left after one has failed find out by themselves and say
/// what it was. Passes on the signals that come: their numbers in `asked`.
std::string wait_for_all(ChildProcesses& children, std::atomic<int>& asked) {
  std::string failure;
  while (children.running() > 0) {
    if (const int signal = asked.exchange(0); signal != 0) children.signal(signal);
    for (const ChildProcesses::Ended& ended : children.take_ended()) {
      if (ended.well || !failure.empty()) continue;
      failure = "rank " + std::to_string(ended.number) + " " + ended.how;
    }
    std::this_thread::sleep_for(kLook);
  }
  return failure;
}

void check_command(const std::vector<std::string>& command) {
  if (std::ranges::count(kTrainingCommands, command.front()) > 0) return;
  throw UsageError("launch: expected pretrain, adapt, tune or reward, found '" +
                   printable(command.front(), 60) + "'");
}

}  // namespace

int run_launch_command(const CommandLine& line) {
  SignalWatcher signals;
  std::int64_t ranks = 0;
  std::vector<std::string> command;
  // What follows the command's name is the command's own.
  const std::size_t own = std::min<std::size_t>(line.arguments.size(), 2);
  const auto rest = line.arguments.subspan(own);
  return run_with_settings<NoSettings>(
      CommandLine{line.command, line.arguments.first(own), line.out},
      [&](OptionSet& options) {
        options.positional("N", ranks, "processes on this machine");
        options.positionals_left("COMMAND", command,
                                 "pretrain, adapt, tune or reward with its options");
      },
      [&](const NoSettings&, const Run&) {
        if (ranks < 1) throw UsageError("N: expected 1 or more, found " + std::to_string(ranks));
        check_command(command);
        command.insert(command.end(), rest.begin(), rest.end());
        std::atomic<int> asked = 0;
        ChildProcesses children;
        start_ranks(children, ranks, command);
        signals.on_signal([&asked] { asked = SIGTERM; });
        const std::string failure = wait_for_all(children, asked);
        signals.on_signal({});
        if (!failure.empty()) throw Error("launch: " + failure);
      });
}

}  // namespace tess2::app
