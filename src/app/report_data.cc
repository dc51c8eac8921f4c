#include "app/report_data.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "app/report_evaluations.h"
#include "core/error.h"
#include "core/terminal.h"
#include "train/metrics_file.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Groups of steps in which the losses by noise level are averaged.
constexpr std::size_t kLevelGroups = 120;
constexpr double kSecondsAnHour = 3600.0;

/// The names that the values of a step have in the metrics and on the page.
constexpr std::array<const char*, 4> kMeans = {"loss", "learning_rate", "gradient_norm",
                                               "tokens_per_second"};

/// The lines of a file, as far as they are whole.
std::vector<Json> lines_of(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw FileError(file, "cannot be opened: no metrics of a run, and no scores beside it");
  std::vector<Json> lines;
  for (std::string line; std::getline(in, line);) {
    Json json = Json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("step") || !json["step"].is_number_integer()) {
      if (in.eof()) return lines;
      throw FormatError(file, "line " + std::to_string(lines.size() + 1),
                        "an object with the number of a step", printable(line, 60));
    }
    lines.push_back(std::move(json));
  }
  return lines;
}

/// The number under `key`; nothing where it is none, such as an infinite one.
Json number_of(const Json& line, const char* key) {
  const auto found = line.find(key);
  return found != line.end() && found->is_number() ? *found : Json();
}

/// The mean of what are numbers among `values`, or null.
Json mean_of(const std::vector<Json>& values) {
  double sum = 0.0;
  std::int64_t count = 0;
  for (const Json& value : values) {
    if (!value.is_number()) continue;
    sum += value.get<double>();
    ++count;
  }
  return count == 0 ? Json() : Json(sum / static_cast<double>(count));
}

using Steps = std::span<const Json* const>;

/// Cuts `steps` into at most `groups` groups of one size and calls visit(group) for each.
template <class Visit>
void for_each_group(Steps steps, std::size_t groups, const Visit& visit) {
  const std::size_t size = std::max<std::size_t>((steps.size() + groups - 1) / groups, 1);
  for (std::size_t first = 0; first < steps.size(); first += size) {
    visit(steps.subspan(first, std::min(size, steps.size() - first)));
  }
}

Json mean_over(Steps group, const char* key) {
  std::vector<Json> values;
  for (const Json* line : group) values.push_back(number_of(*line, key));
  return mean_of(values);
}

Json training_data(Steps steps) {
  Json data;
  for (const char* key : {"step", "tokens", "hours"}) data[key] = Json::array();
  for (const char* key : kMeans) data[key] = Json::array();
  for_each_group(steps, kCurvePoints, [&](Steps group) {
    const Json& last = *group.back();
    data["step"].push_back(last["step"]);
    data["tokens"].push_back(number_of(last, "tokens"));
    data["hours"].push_back(last.value("seconds", 0.0) / kSecondsAnHour);
    for (const char* key : kMeans) data[key].push_back(mean_over(group, key));
  });
  return data;
}

Json levels_data(Steps steps) {
  std::vector<const Json*> with_levels;
  std::ranges::copy_if(steps, std::back_inserter(with_levels),
                       [](const Json* line) { return line->contains("loss_by_level"); });
  Json data{{"step", Json::array()}, {"loss", Json::array()}};
  for_each_group(with_levels, kLevelGroups, [&](Steps group) {
    Json row = Json::array();
    for (std::size_t bin = 0; bin < train::kLevelBins; ++bin) {
      std::vector<Json> values;
      for (const Json* line : group) {
        const Json& levels = (*line)["loss_by_level"];
        values.push_back(bin < levels.size() ? levels[bin] : Json());
      }
      row.push_back(mean_of(values));
    }
    data["step"].push_back((*group.back())["step"]);
    data["loss"].push_back(row);
  });
  return data;
}

Json validation_data(const std::vector<Json>& lines) {
  Json data = Json::object();
  for (const Json& line : lines) {
    if (!line.contains("validation")) continue;
    for (const auto& [name, value] : line["validation"].items()) {
      data[name]["step"].push_back(line["step"]);
      data[name]["value"].push_back(value);
    }
  }
  return data;
}

/// The lines that have something under `key`, as they are.
Json lines_with(const std::vector<Json>& lines, const char* key) {
  Json data = Json::array();
  std::ranges::copy_if(lines, std::back_inserter(data),
                       [key](const Json& line) { return line.contains(key); });
  return data;
}

/// The parts of a path without slashes and dots at its end.
std::vector<std::string> parts_of(const fs::path& run) {
  const fs::path whole = fs::absolute(run).lexically_normal();
  std::vector<std::string> parts;
  for (const fs::path& part : whole) {
    if (!part.empty()) parts.push_back(part.string());
  }
  return parts;
}

/// As many parts from the end of each path as it takes to tell all apart.
std::vector<std::string> names_of(std::span<const fs::path> runs) {
  for (std::size_t count = 1;; ++count) {
    std::vector<std::string> names;
    bool more = false;
    for (const fs::path& run : runs) {
      const auto parts = parts_of(run);
      const std::size_t used = std::min(count, parts.size());
      fs::path name;
      for (std::size_t i = parts.size() - used; i < parts.size(); ++i) name /= parts[i];
      names.push_back(name.string());
      more = more || used < parts.size();
    }
    const bool differ = std::set(names.begin(), names.end()).size() == names.size();
    if (differ || !more) return names;
  }
}

}  // namespace

Json run_data(const fs::path& metrics, const std::string& name) {
  const std::vector<Json> lines = lines_of(metrics);
  std::vector<const Json*> steps;
  for (const Json& line : lines) {
    if (line.contains("loss")) steps.push_back(&line);
  }
  return {{"name", name},
          {"training", training_data(steps)},
          {"levels", levels_data(steps)},
          {"validation", validation_data(lines)},
          {"margins", lines_with(lines, "margins")},
          {"samples", lines_with(lines, "samples")}};
}

std::string report_data(std::span<const fs::path> inputs) {
  std::vector<fs::path> named;
  for (const fs::path& input : inputs) {
    named.push_back(input.extension() == ".json" ? fs::path(input).replace_extension() : input);
  }
  const auto names = names_of(named);
  Json data{{"runs", Json::array()}, {"evaluations", Json::array()}};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const fs::path metrics = inputs[i] / train::kMetricsName;
    const auto evaluation = evaluation_file(inputs[i]);
    if (fs::exists(metrics) || !evaluation) data["runs"].push_back(run_data(metrics, names[i]));
    if (evaluation) data["evaluations"].push_back(evaluation_data(*evaluation, names[i]));
  }
  return data.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tess2::app
