// `tess2 chat -m DIR`
#include <editline/readline.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "app/chat_loop.h"
#include "app/run_with_settings.h"
#include "app/session_model.h"
#include "app/subcommands.h"
#include "core/log.h"
#include "core/terminal.h"
#include "generate/settings.h"

namespace tess2::app {
namespace {

// A signal handler can reach nothing but globals.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

// While it lives, Control-C stops an answer and not the program.
class InterruptGuard {
 public:
  InterruptGuard() {
    struct sigaction action {};
    action.sa_handler = [](int) { interrupted = true; };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before_);
  }
  ~InterruptGuard() { sigaction(SIGINT, &before_, nullptr); }
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction before_ {};
};

// With line editing and a history. Control-C at the prompt gives an empty line.
std::optional<std::string> read_from_terminal() {
  interrupted = false;
  const std::unique_ptr<char, decltype(&std::free)> line(readline("> "), &std::free);
  if (line == nullptr) {
    std::cout << std::endl;
    if (!interrupted.exchange(false)) return std::nullopt;
    log_info("/quit or Control-D leaves");
    return "";
  }
  if (*line != '\0') add_history(line.get());
  return line.get();
}

std::optional<std::string> read_from_pipe() {
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

void chat(const SessionModelOptions& options, ChatSettings settings, const Run& run) {
  const SessionModel model(options);
  settings.session.seed = run.seed;
  const std::int64_t length = generate::canvas_length_for(settings.length, model.trained_length());
  const bool typed = isatty(STDIN_FILENO) != 0;
  const Terminal shown = &run.out == &std::cout ? terminal_of(1) : Terminal{};
  const InterruptGuard guard;
  if (typed) log_info("/help lists the commands; Control-C stops an answer, Control-D leaves");
  Chat(model.host(), settings, length,
       {typed ? read_from_terminal : read_from_pipe, run.out, shown, interrupted})
      .run();
}

}  // namespace

int run_chat_command(const CommandLine& line) {
  SessionModelOptions options;
  return run_with_settings<ChatSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const ChatSettings& settings, const Run& run) { chat(options, settings, run); });
}

}  // namespace tess2::app
