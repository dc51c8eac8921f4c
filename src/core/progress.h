// How a long job goes: steps, key figures, tokens per second, time left.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/terminal.h"

namespace tess2 {

/// A number shown beside the steps, such as the loss; four significant digits.
struct ProgressFigure {
  std::string_view name;
  double value = 0.0;
};

/// Where and how often progress is shown; tests give a stream and a clock of their own.
struct ProgressOutput {
  using Clock = std::function<double()>;  ///< seconds since some fixed moment

  std::ostream* stream = nullptr;  ///< nothing is shown where null
  Terminal terminal;               ///< one line redrawn in place, or plain lines
  double redraw_seconds = 0.1;     ///< shortest time between two redraws on a terminal
  double line_seconds = 10.0;      ///< shortest time between two plain lines
  Clock clock;                     ///< must be set
};

/// Standard error and a steady clock; shows nothing at the log level `kQuiet`.
ProgressOutput standard_progress_output();

/// Shows one job. On a terminal it redraws a single line and leaves the cursor at its start, so
/// that a message written meanwhile takes its place; elsewhere it writes a plain line now and then.
/// The first update and the end are always shown.
class Progress {
 public:
  /// `total` steps, of which `first` are done already when a job is continued.
  Progress(std::string title, std::int64_t total, std::int64_t first = 0,
           ProgressOutput output = standard_progress_output());
  /// Ends the line where `finish` was not reached.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `step` of the total are done, which took `tokens` tokens since the job (or its continuation)
  /// began; 0 tokens where none are counted.
  void update(std::int64_t step, std::int64_t tokens = 0,
              std::span<const ProgressFigure> figures = {});

  /// Shows the last update together with the time taken, and ends the line. Later calls do nothing.
  void finish();

 private:
  bool due(double now) const;
  void write(const std::string& line, bool last);
  std::string describe(double now) const;
  std::string remaining(double now) const;

  std::string title_;
  std::int64_t total_;
  std::int64_t first_;
  ProgressOutput output_;
  double start_;
  std::optional<double> shown_;  ///< when something was last written
  std::int64_t step_;
  std::int64_t tokens_ = 0;
  std::string figures_;
  bool finished_ = false;
};

/// `0:07`, `12:34` or `1:02:03`; negative times count as none.
std::string format_duration(double seconds);

/// `1,234,567`
std::string format_count(std::int64_t count);

}  // namespace tess2
