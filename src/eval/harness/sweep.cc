#include "eval/harness/sweep.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "core/terminal.h"
#include "eval/harness/score_report.h"

namespace tess2::eval {
namespace {

using Json = nlohmann::ordered_json;

// A number where that reads back as the same text, which folders are named by.
Json value_json(const std::string& text) {
  Json number = Json::parse(text, nullptr, false);
  return number.is_number() && number.dump() == text ? number : Json(text);
}

std::string value_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

SweepPoint read_point(const Json& settings) {
  SweepPoint point;
  for (const auto& [key, value] : settings.items()) {
    point.settings.emplace_back(key, value_text(value));
  }
  return point;
}

}  // namespace

SweepAxis parse_sweep(std::string_view text, std::string_view option) {
  const std::size_t equals = text.find('=');
  SweepAxis axis;
  const auto refuse = [&](const std::string& expected) {
    throw UsageError(std::string(option) + ": expected " + expected + ", found " +
                     printable(text, 60));
  };
  if (equals == 0 || equals == std::string_view::npos) refuse("KEY=VALUE,VALUE,...");
  axis.key = text.substr(0, equals);
  for (std::size_t begin = equals + 1; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string value(text.substr(begin, end - begin));
    if (value.empty()) refuse("KEY=VALUE,VALUE,...");
    if (std::ranges::find(axis.values, value) != axis.values.end()) {
      refuse("each value once");
    }
    axis.values.push_back(value);
    begin = end + 1;
  }
  if (axis.values.empty()) refuse("KEY=VALUE,VALUE,...");
  return axis;
}

std::string SweepPoint::name() const {
  std::string name;
  for (const auto& [key, value] : settings) {
    if (!name.empty()) name += ',';
    name += key;
    name += '=';
    name += value;
  }
  return name;
}

std::vector<SweepPoint> sweep_points(const std::vector<SweepAxis>& axes, std::string_view option) {
  std::vector<SweepPoint> points{{}};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto same = [&](const SweepAxis& axis) { return axis.key == axes[i].key; };
    if (std::ranges::count_if(axes, same) > 1) {
      throw UsageError(std::string(option) + ": " + axes[i].key + " is given twice");
    }
    std::vector<SweepPoint> longer;
    for (const SweepPoint& point : points) {
      for (const std::string& value : axes[i].values) {
        longer.push_back(point);
        longer.back().settings.emplace_back(axes[i].key, value);
      }
    }
    points = std::move(longer);
  }
  return points;
}

std::string sweep_table(const std::vector<SweepScore>& scores) {
  std::vector<TaskScore> lines;
  for (const SweepScore& score : scores) {
    for (TaskScore task : score.tasks) {
      task.task += "  " + score.point.name();
      task.subtasks.clear();
      // What all points have in common is said once.
      if (&score != &scores.back()) task.limit = 0;
      lines.push_back(std::move(task));
    }
  }
  return task_table(lines);
}

std::string sweep_json(const std::vector<SweepScore>& scores) {
  Json json{{"kind", "sweep"}, {"points", Json::array()}};
  for (const SweepScore& score : scores) {
    Json settings = Json::object();
    for (const auto& [key, value] : score.point.settings) settings[key] = value_json(value);
    json["points"].push_back({{"settings", settings},
                              {"folder", score.point.name()},
                              {"tasks", Json::parse(scores_json(score.tasks))["tasks"]}});
  }
  return json.dump(2) + "\n";
}

std::vector<SweepPoint> read_sweep_points(const std::filesystem::path& file) {
  const Json json = Json::parse(read_text_file(file), nullptr, false);
  if (!json.is_object() || !json.contains("points") || !json["points"].is_array()) {
    throw FormatError(file, "points", "a list", "something else");
  }
  std::vector<SweepPoint> points;
  for (const Json& point : json["points"]) {
    if (!point.is_object() || !point.contains("settings") || !point["settings"].is_object()) {
      throw FormatError(file, "points", "objects with `settings`", printable(point.dump(), 60));
    }
    points.push_back(read_point(point["settings"]));
  }
  return points;
}

}  // namespace tess2::eval
