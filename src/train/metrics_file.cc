#include "train/metrics_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tess2::train {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kStart = R"({"step":)";

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json loss_by_level(const std::vector<LevelLoss>& losses) {
  std::array<double, kLevelBins> sums{};
  std::array<std::int64_t, kLevelBins> counts{};
  for (const auto& [level, loss] : losses) {
    const auto bin =
        std::clamp<std::int64_t>(static_cast<std::int64_t>(level * kLevelBins), 0, kLevelBins - 1);
    sums[static_cast<std::size_t>(bin)] += loss;
    ++counts[static_cast<std::size_t>(bin)];
  }
  Json means = Json::array();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    means.push_back(counts[i] == 0 ? Json() : Json(sums[i] / static_cast<double>(counts[i])));
  }
  return means;
}

/// The histogram of finite numbers.
Json histogram(const Margins& margins) {
  const auto [low, high] = std::ranges::minmax(margins);
  // One bin less than there may be: the first and the last one need not be full.
  const double finest = std::max((high - low) / (kMarginBins - 1), 0x1p-6);
  const double width = std::exp2(std::ceil(std::log2(finest)));
  const auto bin = [width](double x) { return static_cast<std::int64_t>(std::floor(x / width)); };
  const std::int64_t first = bin(low);
  std::vector<std::int64_t> counts(static_cast<std::size_t>(bin(high) - first + 1), 0);
  for (const double margin : margins) ++counts[static_cast<std::size_t>(bin(margin) - first)];
  return {{"width", width}, {"first", first}, {"counts", counts}};
}

/// The step of a whole line; nothing where it is cut off.
std::optional<std::int64_t> step_of(std::string_view line) {
  if (!line.starts_with(kStart) || !line.ends_with("}\n")) return std::nullopt;
  line.remove_prefix(kStart.size());
  std::int64_t step = 0;
  const auto read = std::from_chars(line.data(), line.data() + line.size(), step);
  if (read.ec != std::errc()) return std::nullopt;
  return step;
}

}  // namespace

MetricsFile::MetricsFile(const std::filesystem::path& path) : path_(path), file_(path) {}

void MetricsFile::cut_after(std::int64_t step) {
  std::size_t kept = 0;
  if (step >= 0) {
    const std::string text = read_text_file(path_);
    while (kept < text.size()) {
      const std::size_t end = std::min(text.find('\n', kept), text.size() - 1) + 1;
      const auto found = step_of(std::string_view(text).substr(kept, end - kept));
      if (!found || *found > step) break;
      kept = end;
    }
  }
  file_.cut(kept);
}

void MetricsFile::add_step(const StepReport& report) {
  Json line{{"step", report.step},
            {"loss", report.loss},
            {"learning_rate", report.learning_rate},
            {"gradient_norm", report.gradient_norm},
            {"tokens", report.tokens},
            {"seconds", report.seconds},
            {"tokens_per_second", report.tokens_per_second},
            {"waited_seconds", report.data.wait_seconds}};
  if (!report.levels.empty()) line["loss_by_level"] = loss_by_level(report.levels);
  file_.append_unsynced(line_of(line));
}

void MetricsFile::add_validation(std::int64_t step, const Figures& figures) {
  Json values = Json::object();
  for (const auto& [name, value] : figures) values[name] = value;
  file_.append_unsynced(line_of({{"step", step}, {"validation", values}}));
}

void MetricsFile::add_samples(std::int64_t step, const Samples& samples) {
  Json texts = Json::array();
  for (const auto& [given, text] : samples) texts.push_back({{"given", given}, {"text", text}});
  file_.append_unsynced(line_of({{"step", step}, {"samples", texts}}));
}

void MetricsFile::add_margins(std::int64_t step, const Margins& margins) {
  Margins finite;
  std::ranges::copy_if(margins, std::back_inserter(finite),
                       [](double x) { return std::isfinite(x); });
  if (finite.empty()) return;
  file_.append_unsynced(line_of({{"step", step}, {"margins", histogram(finite)}}));
}

}  // namespace tess2::train
