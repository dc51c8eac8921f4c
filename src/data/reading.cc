#include "data/reading.h"

#include <array>
#include <string_view>
#include <utility>

#include "core/settings.h"

namespace tess2::data {
namespace {

constexpr std::int64_t kBadLinesTold = 10;

constexpr std::array<std::pair<std::string_view, OnBadLine>, 2> kOnBadLine{{
    {"stop", OnBadLine::kStop},
    {"skip", OnBadLine::kSkip},
}};

}  // namespace

void ReadingSettings::bind(SettingsBinder& binder) {
  binder.field("on_bad_line", on_bad_line,
               "what a line that cannot be used does: end the run, or be counted", kOnBadLine);
  binder.field("workers", workers, "threads that tokenise ahead").at_least(1).at_most(1024);
}

ReadingLog::ReadingLog(OnBadLine on_bad_line, std::function<void(const std::string&)> tell)
    : on_bad_line_(on_bad_line), tell_(std::move(tell)) {}

void ReadingLog::add_bad_line(const FormatError& error) {
  if (on_bad_line_ == OnBadLine::kStop) throw error;
  const std::int64_t count = ++bad_lines_;
  if (!tell_ || count > kBadLinesTold + 1) return;
  tell_(count > kBadLinesTold ? std::string("bad lines: more are skipped and only counted")
                              : std::string("skipped: ") + error.what());
}

Reading::Reading(const ReadingSettings& settings, std::function<void(const std::string&)> tell)
    : pool(std::make_shared<WorkerPool>(static_cast<std::size_t>(settings.workers))),
      log(std::make_shared<ReadingLog>(settings.on_bad_line, std::move(tell))) {}

}  // namespace tess2::data
