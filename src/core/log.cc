#include "core/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <limits>
#include <memory>
#include <string>

#include "core/terminal.h"

namespace tess2 {
namespace {

// On a terminal a message first clears the progress line that may stand there.
std::string pattern() {
  return terminal_of(STDERR_FILENO).is_terminal ? "\r\033[K%v" : "%v";
}

std::shared_ptr<spdlog::logger> make_logger() {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  auto logger = std::make_shared<spdlog::logger>("tess2", std::move(sink));
  logger->set_pattern(pattern());
  logger->set_level(spdlog::level::info);
  logger->flush_on(spdlog::level::trace);
  return logger;
}

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = make_logger();
  return *instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kQuiet:
      break;
  }
  return spdlog::level::off;
}

void write(LogLevel level, std::string_view prefix, std::string_view message) {
  constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();
  logger().log(to_spdlog(level), std::string(prefix) + printable(message, kWhole));
}

}  // namespace

void set_log_level(LogLevel level) {
  logger().set_level(to_spdlog(level));
}

LogLevel log_level() {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (logger().should_log(to_spdlog(level))) return level;
  }
  return LogLevel::kQuiet;
}

void log_debug(std::string_view message) {
  write(LogLevel::kDebug, "", message);
}

void log_info(std::string_view message) {
  write(LogLevel::kInfo, "", message);
}

void log_warning(std::string_view message) {
  write(LogLevel::kWarning, "warning: ", message);
}

void log_error(std::string_view message) {
  write(LogLevel::kError, "error: ", message);
}

}  // namespace tess2
