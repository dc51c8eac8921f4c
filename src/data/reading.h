// How training data is read: what all its readers share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/error.h"
#include "core/worker_pool.h"

namespace tess2 {
class SettingsBinder;
}

namespace tess2::data {

/// What a line that cannot be used does to the run.
enum class OnBadLine {
  kStop,  ///< ends it with the line's error
  kSkip,  ///< is counted and passed over
};

struct ReadingSettings {
  OnBadLine on_bad_line = OnBadLine::kStop;
  /// Threads that parse and tokenise ahead of the trainer.
  std::int64_t workers = 2;

  void bind(SettingsBinder& binder);
};

/// What reading has met so far. Its calls may run at the same time.
class ReadingLog {
 public:
  /// `tell` (it may be empty) gets one line for each of the first bad lines that are skipped, and
  /// one that says that there are more; it is called on the thread that reads.
  explicit ReadingLog(OnBadLine on_bad_line, std::function<void(const std::string&)> tell = {});

  /// Counts and tells of a bad line, or throws `error` where that stops the run.
  void add_bad_line(const FormatError& error);
  void add_too_long(std::int64_t examples) { too_long_ += examples; }

  /// Lines and empty files passed over; those met again in a later epoch count again.
  std::int64_t bad_lines() const { return bad_lines_; }
  /// Examples left out because they do not fit a row.
  std::int64_t too_long() const { return too_long_; }

 private:
  OnBadLine on_bad_line_;
  std::function<void(const std::string&)> tell_;
  std::atomic<std::int64_t> bad_lines_ = 0;
  std::atomic<std::int64_t> too_long_ = 0;
};

/// What readers are given to work with.
struct Reading {
  explicit Reading(const ReadingSettings& settings,
                   std::function<void(const std::string&)> tell = {});

  std::shared_ptr<WorkerPool> pool;
  std::shared_ptr<ReadingLog> log;
};

}  // namespace tess2::data
