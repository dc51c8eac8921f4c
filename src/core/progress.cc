#include "core/progress.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <utility>

#include "core/log.h"

namespace tess2 {
namespace {

template <class... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  std::array<char, 64> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), format, arguments...);
  return {buffer.data(), static_cast<std::size_t>(std::clamp(length, 0, 63))};
}

std::string format_figures(std::span<const ProgressFigure> figures) {
  std::string out;
  for (const auto& [name, value] : figures) {
    out += "  " + std::string(name) + formatted(" %.4g", value);
  }
  return out;
}

}  // namespace

ProgressOutput standard_progress_output() {
  const auto seconds = [] {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double>(now).count();
  };
  ProgressOutput output;
  output.stream = log_level() == LogLevel::kQuiet ? nullptr : &std::cerr;
  output.terminal = terminal_of(2);
  output.clock = seconds;
  return output;
}

std::string format_duration(double seconds) {
  const auto whole = static_cast<long long>(std::max(std::round(seconds), 0.0));
  if (whole < 3600) return formatted("%lld:%02lld", whole / 60, whole % 60);
  return formatted("%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string format_count(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::size_t sign = count < 0 ? 1 : 0;
  for (std::size_t i = digits.size(); i > sign + 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

Progress::Progress(std::string title, std::int64_t total, std::int64_t first, ProgressOutput output)
    : title_(std::move(title)),
      total_(total),
      first_(first),
      output_(std::move(output)),
      start_(output_.clock()),
      step_(first) {}

Progress::~Progress() {
  if (finished_ || !shown_ || !output_.terminal.is_terminal) return;
  *output_.stream << '\n' << std::flush;
}

void Progress::update(std::int64_t step, std::int64_t tokens,
                      std::span<const ProgressFigure> figures) {
  step_ = step;
  tokens_ = tokens;
  if (output_.stream == nullptr || finished_) return;
  figures_ = format_figures(figures);
  const double now = output_.clock();
  if (!due(now)) return;
  shown_ = now;
  write(describe(now) + remaining(now), false);
}

void Progress::finish() {
  if (output_.stream == nullptr || finished_) return;
  finished_ = true;
  const double now = output_.clock();
  write(describe(now) + "  took " + format_duration(now - start_), true);
}

bool Progress::due(double now) const {
  const bool redraws = output_.terminal.is_terminal;
  return !shown_ || now - *shown_ >= (redraws ? output_.redraw_seconds : output_.line_seconds);
}

void Progress::write(const std::string& line, bool last) {
  std::ostream& out = *output_.stream;
  if (!output_.terminal.is_terminal) {
    out << line << '\n' << std::flush;
    return;
  }
  // One cell is left free: a full line would wrap.
  const auto room = static_cast<std::size_t>(std::max(output_.terminal.width - 1, 1));
  out << "\r\033[K" << line.substr(0, room) << (last ? '\n' : '\r') << std::flush;
}

std::string Progress::describe(double now) const {
  const double share = total_ > 0 ? static_cast<double>(step_) / static_cast<double>(total_) : 1.0;
  std::string line = title_ + "  " + format_count(step_) + "/" + format_count(total_) +
                     formatted(" (%.0f%%)", std::floor(100.0 * share)) + figures_;
  const double elapsed = now - start_;
  if (tokens_ == 0 || elapsed <= 0.0) return line;
  const double rate = static_cast<double>(tokens_) / elapsed;
  return line + "  " + format_count(std::llround(rate)) + " tokens/s";
}

std::string Progress::remaining(double now) const {
  const std::int64_t done = step_ - first_;
  if (done <= 0) return "";
  const double step_seconds = (now - start_) / static_cast<double>(done);
  return "  " + format_duration(step_seconds * static_cast<double>(total_ - step_)) + " left";
}

}  // namespace tess2
