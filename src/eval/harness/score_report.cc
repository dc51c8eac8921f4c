#include "eval/harness/score_report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace tess2::eval {
namespace {

using Json = nlohmann::ordered_json;

template <class... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  std::array<char, 96> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, arguments...);
  return buffer.data();
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

// Widths of the columns of names.
struct Widths {
  std::size_t task = 4;
  std::size_t measure = 7;
};

void widen(const std::string& name, const std::vector<MeasureScore>& measures, Widths& widths) {
  widths.task = std::max(widths.task, name.size());
  for (const MeasureScore& m : measures) widths.measure = std::max(widths.measure, m.name.size());
}

std::string rows(const std::string& name, const std::vector<MeasureScore>& measures,
                 const Widths& widths, const TaskScore& task) {
  std::string text;
  for (const MeasureScore& m : measures) {
    text += padded(name, widths.task) + "  " + padded(m.name, widths.measure) +
            formatted("  %5.1f %%  %5.1f to %5.1f %%  %7lld  %6.1f\n", 100 * m.value,
                      100 * m.interval.low, 100 * m.interval.high,
                      static_cast<long long>(m.records), task.mean_steps);
  }
  return text;
}

// What has to be known of a score besides its numbers.
std::string notes(const TaskScore& task) {
  std::string text;
  if (task.limit > 0) {
    text += "  a part of the task: the first " + std::to_string(task.limit) +
            " records, of each subtask where there are any\n";
  }
  if (task.reward) {
    text += formatted("  mean reward %.4f", task.reward->value);
    if (const auto& interval = task.reward->interval) {
      text += formatted(", 95 %% interval %.4f to %.4f", interval->low, interval->high);
    }
    text += "\n";
  }
  if (task.too_long > 0) {
    text += "  " + std::to_string(task.too_long) + " of " + std::to_string(task.records) +
            " records left no place for an answer and count as wrong\n";
  }
  if (task.fewer_shots > 0) {
    text += "  " + std::to_string(task.fewer_shots) + " of " + std::to_string(task.records) +
            " records had room for fewer examples than others\n";
  }
  return text;
}

std::string task_rows(const TaskScore& task, const Widths& widths) {
  if (!task.missing.empty()) {
    return padded(task.task, widths.task) + "  no score: " + task.missing + "\n";
  }
  std::string text = rows(task.task, task.measures, widths, task);
  text += rows("  mean of subtasks", task.mean_of_subtasks, widths, task);
  for (const SubtaskScore& sub : task.subtasks) {
    text += rows("  " + sub.name, sub.measures, widths, task);
  }
  return text + notes(task);
}

Json measures_json(const std::vector<MeasureScore>& measures) {
  Json list = Json::array();
  for (const MeasureScore& m : measures) {
    list.push_back({{"measure", m.name},
                    {"score", m.value},
                    {"low", m.interval.low},
                    {"high", m.interval.high},
                    {"records", m.records}});
  }
  return list;
}

Json task_json(const TaskScore& task) {
  Json json;
  json["task"] = task.task;
  json["model"] = task.model;
  json["seed"] = task.seed;
  json["limit"] = task.limit;
  json["complete"] = task.missing.empty();
  json["records"] = task.records;
  json["wanted"] = task.wanted;
  if (!task.missing.empty()) {
    json["missing"] = task.missing;
    return json;
  }
  json["measures"] = measures_json(task.measures);
  json["mean_of_subtasks"] = measures_json(task.mean_of_subtasks);
  json["subtasks"] = Json::object();
  for (const SubtaskScore& sub : task.subtasks) {
    json["subtasks"][sub.name] = measures_json(sub.measures);
  }
  if (task.reward) {
    json["reward"] = {{"value", task.reward->value}, {"low", nullptr}, {"high", nullptr}};
    if (const auto& interval = task.reward->interval) {
      json["reward"]["low"] = interval->low;
      json["reward"]["high"] = interval->high;
    }
  }
  json["mean_steps"] = task.mean_steps;
  json["seconds"] = task.seconds;
  json["too_long"] = task.too_long;
  json["fewer_shots"] = task.fewer_shots;
  return json;
}

}  // namespace

std::string task_table(const std::vector<TaskScore>& scores) {
  Widths widths;
  for (const TaskScore& task : scores) {
    widen(task.task, task.measures, widths);
    if (!task.mean_of_subtasks.empty()) widen("  mean of subtasks", {}, widths);
    for (const SubtaskScore& sub : task.subtasks) widen("  " + sub.name, sub.measures, widths);
  }
  std::string text = padded("task", widths.task) + "  " + padded("measure", widths.measure) +
                     "    score  95 % interval     records   steps\n";
  for (const TaskScore& task : scores) text += task_rows(task, widths);
  return text;
}

std::string scores_json(const std::vector<TaskScore>& scores) {
  Json json;
  json["tasks"] = Json::array();
  for (const TaskScore& task : scores) json["tasks"].push_back(task_json(task));
  return json.dump(2) + "\n";
}

}  // namespace tess2::eval
