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

/// Where each row of `part`, a canvas of which places are gone, is among the rows of `whole`.
at::Tensor rows_within(const Canvas& part, const Canvas& whole) {
  at::Tensor rows = at::empty({part.row_count()}, at::kLong);
  std::int64_t n = 0;
  for (std::int64_t i = 0; i < whole.row_count() && n < part.row_count(); ++i) {
    if (whole.row_position(i) == part.row_position(n)) rows.data_ptr<std::int64_t>()[n++] = i;
  }
  return rows;
}

/// The tokens of the whole canvas's rows: those of the part's rows as they are drawn, what was
/// committed as it stands on the canvas, and behind its end what was predicted last.
at::Tensor whole_tokens(const DenoiserInput& part, const Canvas& whole, const at::Tensor& rows,
                        const at::Tensor& last_logits) {
  at::Tensor tokens = diffusion::argmax_tokens(last_logits);
  const auto* ids = part.canvas.ids().data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < whole.row_count(); ++i) {
    const std::int64_t position = whole.row_position(i);
    if (position < part.canvas.length()) tokens.data_ptr<std::int64_t>()[i] = ids[position];
  }
  return tokens.index_copy(0, rows, part.simplex.tokens());
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
  const at::Tensor expected = predict_whole(input);
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

at::Tensor ComparedDenoiser::predict_whole(const DenoiserInput& input) {
  // Without a previous prediction a run begins.
  if (!whole_ || !input.previous.defined()) whole_ = input.canvas;
  if (input.canvas.row_count() == whole_->row_count()) {
    whole_logits_ = reference_.predict({input.canvas, input.simplex, input.times, input.previous});
    return whole_logits_;
  }
  const at::Tensor rows = rows_within(input.canvas, *whole_);
  const auto simplex = input.simplex.on(*whole_, whole_tokens(input, *whole_, rows, whole_logits_));
  whole_logits_ = reference_.predict({*whole_, simplex, input.times, whole_logits_});
  return whole_logits_.index_select(0, rows);
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
