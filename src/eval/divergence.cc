#include "eval/divergence.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "diffusion/convergence.h"
#include "diffusion/projection.h"

namespace tess2::eval {
namespace {

using diffusion::Canvas;
using diffusion::DenoiserInput;
using Json = nlohmann::ordered_json;

double mean(double sum, std::int64_t count) {
  return count == 0 ? 0.0 : sum / static_cast<double>(count);
}

Difference difference_of(const at::Tensor& reference, const at::Tensor& candidate) {
  Difference difference;
  difference.rows = reference.size(0);
  difference.divergence =
      diffusion::mean_divergence(reference, candidate) * static_cast<double>(difference.rows);
  difference.same_token = diffusion::argmax_tokens(reference)
                              .eq(diffusion::argmax_tokens(candidate))
                              .sum()
                              .item<std::int64_t>();
  return difference;
}

std::size_t band_of(float time) {
  const auto band = static_cast<std::size_t>(std::max(0.0f, time) * ComparedDenoiser::kBands);
  return std::min(band, ComparedDenoiser::kBands - 1);
}

double band_begin(std::size_t band) {
  return static_cast<double>(band) / ComparedDenoiser::kBands;
}

std::string table_row(const char* name, const Difference& difference) {
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%-12s %12lld   %11.6f   %8.2f %%\n", name,
                static_cast<long long>(difference.rows), difference.mean_divergence(),
                100.0 * difference.agreement());
  return text.data();
}

Json json_of(const Difference& difference) {
  return {{"rows", difference.rows},
          {"divergence", difference.mean_divergence()},
          {"agreement", difference.agreement()}};
}

}  // namespace

double Difference::mean_divergence() const {
  return mean(divergence, rows);
}

double Difference::agreement() const {
  return mean(static_cast<double>(same_token), rows);
}

Difference& Difference::operator+=(const Difference& other) {
  rows += other.rows;
  divergence += other.divergence;
  same_token += other.same_token;
  return *this;
}

ComparedDenoiser::ComparedDenoiser(diffusion::Denoiser& reference, diffusion::Denoiser& candidate)
    : reference_(reference), candidate_(candidate) {
  if (reference.vocab_size() == candidate.vocab_size()) return;
  throw Error("models to compare: expected the same vocabulary, found " +
              std::to_string(reference.vocab_size()) + " and " +
              std::to_string(candidate.vocab_size()));
}

at::Tensor ComparedDenoiser::predict(const DenoiserInput& input) {
  const at::Tensor expected =
      reference_.predict({input.canvas, input.simplex, input.times, input.previous});
  const at::Tensor found = candidate_.predict(input);
  const Canvas& canvas = input.canvas;
  for (std::int64_t b = 0; b < canvas.batch(); ++b) {
    const std::int64_t begin = canvas.row_begin(b), rows = canvas.row_begin(b + 1) - begin;
    if (rows == 0) continue;
    bands_.at(band_of(input.times[static_cast<std::size_t>(b)])) +=
        difference_of(expected.narrow(0, begin, rows), found.narrow(0, begin, rows));
  }
  return expected;
}

Difference ComparedDenoiser::all() const {
  Difference sum;
  for (const Difference& band : bands_) sum += band;
  return sum;
}

std::string divergence_table(const ComparedDenoiser& compared) {
  std::string text = "noise (t/T)         rows   KL (nats)     same token\n";
  for (std::size_t band = ComparedDenoiser::kBands; band-- > 0;) {
    if (compared.bands()[band].rows == 0) continue;
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "%.1f to %.1f", band_begin(band), band_begin(band + 1));
    text += table_row(name.data(), compared.bands()[band]);
  }
  return text + table_row("all", compared.all());
}

std::string divergence_json(const ComparedDenoiser& compared) {
  Json json;
  json["bands"] = Json::array();
  for (std::size_t band = 0; band < ComparedDenoiser::kBands; ++band) {
    Json entry = {{"from", band_begin(band)}, {"to", band_begin(band + 1)}};
    entry.update(json_of(compared.bands()[band]));
    json["bands"].push_back(entry);
  }
  json.update(json_of(compared.all()));
  return json.dump() + "\n";
}

}  // namespace tess2::eval
