#include "app/eval_sweep.h"

#include <algorithm>
#include <filesystem>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/settings.h"
#include "eval/harness/sweep.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOption = "--sweep";

void check_is_number(const SettingsTable& table, const std::string& key) {
  for (const SettingDescription& setting : table.describe()) {
    const bool is_number =
        setting.type.starts_with("integer") || setting.type.starts_with("number");
    if (setting.key != key || is_number) continue;
    throw UsageError(std::string(kOption) + ": expected a setting that is a number, found " + key);
  }
}

generate::GenerateSettings settings_at(const eval::SweepPoint& point,
                                       generate::GenerateSettings settings) {
  SettingsTable table(settings);
  for (const auto& [key, value] : point.settings) {
    table.set(key + "=" + value, kOption);
    check_is_number(table, key);
  }
  return settings;
}

std::vector<eval::SweepPoint> read_points(const std::vector<std::string>& sweeps) {
  std::vector<eval::SweepAxis> axes;
  for (const std::string& sweep : sweeps) axes.push_back(eval::parse_sweep(sweep, kOption));
  return eval::sweep_points(axes, kOption);
}

}  // namespace

void evaluate_sweep(const SweepJob& sweep, const Run& run, SignalWatcher& signals) {
  const auto points = read_points(sweep.sweeps);
  std::vector<generate::GenerateSettings> settings;
  for (const eval::SweepPoint& point : points) {
    settings.push_back(settings_at(point, sweep.job.generate));
  }
  if (!sweep.job.answering.model) {
    throw UsageError("--model: expected a checkpoint's folder, found nothing");
  }
  const fs::path folder =
      sweep.job.output.empty()
          ? fs::path("eval") / (model_name(*sweep.job.answering.model) + ".sweep")
          : sweep.job.output;
  std::vector<eval::SweepScore> scores;
  for (std::size_t i = 0; i < points.size(); ++i) {
    log_info(points[i].name());
    const TaskJob job{sweep.job.answering, settings[i],     sweep.job.settings,
                      sweep.job.limit,     sweep.job.batch, folder / points[i].name()};
    const Run at_point{run.seed, sweep.recipe(settings[i]), run.out};
    scores.push_back({points[i], answer_tasks(sweep.tasks, job, at_point, signals)});
  }
  write_file_atomically(folder / kSweepName,
                        [&](std::ostream& file) { file << eval::sweep_json(scores); });
  run.out << eval::sweep_table(scores);
}

}  // namespace tess2::app
