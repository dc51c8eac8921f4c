#include "data/mixture.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <utility>

#include "core/error.h"
#include "core/random.h"

namespace tess2::data {
namespace {

bool is_weight(double weight) {
  return std::isfinite(weight) && weight > 0.0;
}

}  // namespace

std::vector<double> parse_weights(std::span<const std::string> texts) {
  std::vector<double> weights;
  for (const std::string& text : texts) {
    double weight = 0.0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, weight);
    if (error != std::errc() || stop != end || !is_weight(weight)) {
      throw UsageError("weights: expected finite numbers above 0, found " +
                       (text.empty() ? "empty text" : text));
    }
    weights.push_back(weight);
  }
  return weights;
}

Mixture::Mixture(std::vector<std::unique_ptr<ExampleStream>> sources,
                 const std::vector<double>& weights, std::uint64_t seed)
    : sources_(std::move(sources)), ends_(weights.size()), seed_(seed) {
  if (weights.empty() || weights.size() != sources_.size()) {
    throw UsageError("weights: expected one for each of " + std::to_string(sources_.size()) +
                     " sources, found " + std::to_string(weights.size()));
  }
  if (!std::ranges::all_of(weights, is_weight)) {
    throw UsageError("weights: expected finite numbers above 0");
  }
  std::partial_sum(weights.begin(), weights.end(), ends_.begin());
}

std::optional<Example> Mixture::next() {
  ExampleStream& source = *sources_[draw_source()];
  while (true) {
    if (auto example = source.next()) return example;
  }
}

nlohmann::json Mixture::position() const {
  auto places = nlohmann::json::array();
  for (const auto& source : sources_) places.push_back(source->position());
  return {{"draws", draws_}, {"sources", std::move(places)}};
}

void Mixture::seek(const nlohmann::json& position) {
  draws_ = position_field(position, "draws");
  const auto places = position.find("sources");
  if (places == position.end() || !places->is_array() || places->size() != sources_.size()) {
    throw Error("position in the data: sources: expected " + std::to_string(sources_.size()));
  }
  for (std::size_t i = 0; i < sources_.size(); ++i) sources_[i]->seek((*places)[i]);
}

std::size_t Mixture::draw_source() {
  const double at =
      ends_.back() * uniform_at(seed_, Stream::kMixture, static_cast<std::uint32_t>(draws_ >> 32),
                                static_cast<std::uint32_t>(draws_));
  ++draws_;
  const auto end = std::ranges::upper_bound(ends_, at);
  return std::min<std::size_t>(static_cast<std::size_t>(end - ends_.begin()), ends_.size() - 1);
}

}  // namespace tess2::data
