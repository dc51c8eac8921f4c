#include "diffusion/time_warp.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/error.h"

namespace tess2::diffusion {
namespace {

using nlohmann::json;

// Adam's. The rate is how far a logarithm moves in a step: a rise halves or doubles in some 30.
constexpr double kRate = 0.02;
constexpr double kMeanDecay = 0.9;
constexpr double kVarianceDecay = 0.999;
constexpr double kEpsilon = 1e-8;

double rise(double log_rise) {
  return std::exp(log_rise);
}

double total_rise(const std::vector<double>& log_rises) {
  return std::accumulate(log_rises.begin(), log_rises.end(), 0.0,
                         [](double sum, double a) { return sum + rise(a); });
}

/// The share of p that a bin holds.
double share(double log_rise, double total) {
  return TimeWarp::kUniformShare / static_cast<double>(TimeWarp::kBins) +
         (1.0 - TimeWarp::kUniformShare) * rise(log_rise) / total;
}

std::vector<double> numbers(const json& state, const char* key) {
  const auto found = state.find(key);
  if (found != state.end() && found->is_array() && found->size() == TimeWarp::kBins &&
      std::ranges::all_of(*found, [](const json& x) { return x.is_number(); })) {
    return found->get<std::vector<double>>();
  }
  throw Error(std::string("time warping: ") + key + ": expected " +
              std::to_string(TimeWarp::kBins) + " numbers, found something else");
}

}  // namespace

double quantile(std::span<const double> shares, double u) {
  std::size_t bin = 0;
  double below = 0.0;
  while (bin + 1 < shares.size() && u >= below + shares[bin]) below += shares[bin++];
  const double part = shares[bin] > 0.0 ? std::clamp((u - below) / shares[bin], 0.0, 1.0) : 0.0;
  const double place = (static_cast<double>(bin) + part) / static_cast<double>(shares.size());
  return std::min(place, std::nextafter(1.0, 0.0));
}

TimeWarp::TimeWarp(std::int64_t timesteps, double top_loss)
    : timesteps_(static_cast<double>(timesteps)),
      log_rises_(kBins, std::log(top_loss / static_cast<double>(kBins))),
      mean_(kBins, 0.0),
      variance_(kBins, 0.0) {}

TimeWarp::Place TimeWarp::place(double level) const {
  const double at = level / timesteps_ * static_cast<double>(kBins);
  const auto bin = std::min(static_cast<std::size_t>(at), kBins - 1);
  return {bin, at - static_cast<double>(bin)};
}

std::vector<double> TimeWarp::shares() const {
  const double total = total_rise(log_rises_);
  std::vector<double> shares;
  for (const double log_rise : log_rises_) shares.push_back(share(log_rise, total));
  return shares;
}

double TimeWarp::level(double u) const {
  return std::min(quantile(shares(), u) * timesteps_, std::nextafter(timesteps_, 0.0));
}

double TimeWarp::density(double level) const {
  const double bin_width = timesteps_ / static_cast<double>(kBins);
  return share(log_rises_[place(level).bin], total_rise(log_rises_)) / bin_width;
}

double TimeWarp::weight(double level) const {
  return 1.0 / (timesteps_ * density(level));
}

double TimeWarp::fitted_loss(double level) const {
  const Place at = place(level);
  double sum = at.part * rise(log_rises_[at.bin]);
  for (std::size_t i = 0; i < at.bin; ++i) sum += rise(log_rises_[i]);
  return sum;
}

double TimeWarp::objective(std::span<const double> levels, std::span<const double> losses) const {
  double sum = 0.0;
  for (std::size_t b = 0; b < levels.size(); ++b) {
    const double error = fitted_loss(levels[b]) - losses[b];
    sum += weight(levels[b]) * error * error;
  }
  return sum / static_cast<double>(levels.size());
}

std::vector<double> TimeWarp::gradient(std::span<const double> levels,
                                       std::span<const double> losses) const {
  // The weights are those of the draw, so constants. dF~(t) / da_i is h_i below t's bin and the
  // part of h_i before t in it.
  std::vector<double> gradient(kBins, 0.0);
  for (std::size_t b = 0; b < levels.size(); ++b) {
    const Place at = place(levels[b]);
    const double upstream = 2.0 * weight(levels[b]) * (fitted_loss(levels[b]) - losses[b]) /
                            static_cast<double>(levels.size());
    for (std::size_t i = 0; i < at.bin; ++i) gradient[i] += upstream * rise(log_rises_[i]);
    gradient[at.bin] += upstream * at.part * rise(log_rises_[at.bin]);
  }
  return gradient;
}

void TimeWarp::learn(std::span<const double> levels, std::span<const double> losses) {
  const std::vector<double> slopes = gradient(levels, losses);
  ++steps_;
  const auto n = static_cast<double>(steps_);
  for (std::size_t i = 0; i < kBins; ++i) {
    mean_[i] = kMeanDecay * mean_[i] + (1.0 - kMeanDecay) * slopes[i];
    variance_[i] = kVarianceDecay * variance_[i] + (1.0 - kVarianceDecay) * slopes[i] * slopes[i];
    const double mean = mean_[i] / (1.0 - std::pow(kMeanDecay, n));
    const double variance = variance_[i] / (1.0 - std::pow(kVarianceDecay, n));
    log_rises_[i] -= kRate * mean / (std::sqrt(variance) + kEpsilon);
  }
}

std::string TimeWarp::state() const {
  return json{
      {"log_rises", log_rises_}, {"mean", mean_}, {"variance", variance_}, {"steps", steps_}}
      .dump();
}

void TimeWarp::restore(const std::string& state) {
  const json parsed = json::parse(state, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("steps") || !parsed["steps"].is_number_integer()) {
    throw Error("time warping: expected what was learned so far, found something else");
  }
  log_rises_ = numbers(parsed, "log_rises");
  mean_ = numbers(parsed, "mean");
  variance_ = numbers(parsed, "variance");
  steps_ = parsed["steps"].get<std::int64_t>();
}

}  // namespace tess2::diffusion
