#include "diffusion/projection.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "diffusion/logit_rows.h"
#include "diffusion/selection.h"
#include "diffusion/simplex_kernels.h"
#include "tensor/parallel.h"

namespace tess2::diffusion {
namespace {

constexpr std::int64_t kRowBlock = 16;

/// A row's probabilities, each times `sum`, and memory for work on them.
struct Weights {
  std::span<const float> all;
  std::span<float> candidates;  ///< all that may lie in the nucleus, as many as `kept` says
  Kept kept;
  std::span<float> work;
  std::span<float> spare;
  double sum;
};

/// The weights of softmax(logits / temperature) and, among them, the candidates for the nucleus.
///
/// A token of probability q < (1 - top_p) / V is none: it and all that come after it weigh at most
/// V q < 1 - top_p, so those before it weigh more than top_p and the nucleus has ended by then. The
/// sums are rounded, so the bound is lowered a little, and all tokens are candidates should those
/// above it not weigh enough.
Weights weights_of(const LogitRow& logits, const ProjectionSettings& settings,
                   std::vector<float>& scratch) {
  const std::size_t vocab = logits.size();
  scratch.resize(4 * vocab);
  const auto quarter = [&](std::size_t i) { return std::span(scratch).subspan(i * vocab, vocab); };
  Weights weights{quarter(0), quarter(1), {}, quarter(2), quarter(3), 0.0};
  const auto scale = static_cast<float>(1.0 / settings.temperature);
  weights.sum = exponentials_of(logits, largest_of(logits), scale, quarter(0));
  const double bound = (1.0 - settings.top_p) * weights.sum / static_cast<double>(vocab);
  const auto least = static_cast<float>(0.999 * bound);
  weights.kept = keep_at_least(weights.all, least, weights.candidates);
  if (weights.kept.mass < settings.top_p * weights.sum) {
    weights.kept = keep_at_least(weights.all, 0.0f, weights.candidates);
  }
  return weights;
}

/// Where the running mass reaches `mass`.
Crossing crossing_of(const Weights& weights, double mass) {
  std::ranges::copy(weights.candidates.first(weights.kept.count), weights.work.begin());
  return crossing(weights.work, weights.kept, weights.spare, mass);
}

/// The last token of the nucleus.
Crossing nucleus_end(const Weights& weights, double top_p) {
  const double all = std::numeric_limits<double>::infinity();
  return crossing_of(weights, top_p < 1.0 ? top_p * weights.sum : all);
}

}  // namespace

std::vector<std::uint8_t> nucleus(const LogitRow& logits, const ProjectionSettings& settings) {
  std::vector<float> scratch;
  const Weights weights = weights_of(logits, settings, scratch);
  const Crossing end = nucleus_end(weights, settings.top_p);
  std::vector<std::uint8_t> kept(logits.size(), 0);
  std::size_t equals = 0;
  for (std::size_t v = 0; v < kept.size(); ++v) {
    const float weight = weights.all[v];
    kept[v] = weight > end.value || (weight == end.value && equals++ <= end.rank);
  }
  return kept;
}

std::int64_t draw_token(const LogitRow& logits, const ProjectionSettings& settings, double uniform,
                        std::vector<float>& scratch) {
  if (settings.top_p <= 0.0) return best_token(logits);
  const Weights weights = weights_of(logits, settings, scratch);
  const Crossing end = nucleus_end(weights, settings.top_p);
  // The first token whose running mass is above this share of the nucleus.
  const double share = uniform * end.mass;
  const double above = std::nextafter(share, std::numeric_limits<double>::infinity());
  Crossing drawn = crossing_of(weights, above);
  // The same sum in another order may be a rounding less, and the draw then a token too far.
  if (drawn.value < end.value || (drawn.value == end.value && drawn.rank > end.rank)) drawn = end;
  return static_cast<std::int64_t>(index_of(weights.all, drawn.value, drawn.rank));
}

std::int64_t best_token(const LogitRow& logits) {
  return static_cast<std::int64_t>(index_of(logits, largest_of(logits), 0));
}

at::Tensor project(const at::Tensor& logits, const ProjectionSettings& settings,
                   const std::function<double(std::int64_t)>& uniform) {
  const LogitRows rows(logits);
  at::Tensor tokens = at::empty({rows.count()}, at::kLong);
  auto* out = tokens.data_ptr<std::int64_t>();
  tensor::parallel_blocks(rows.count(), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch;
    for (std::int64_t n = begin; n < end; ++n) {
      out[n] = draw_token(rows[n], settings, uniform(n), scratch);
    }
  });
  return tokens;
}

at::Tensor argmax_tokens(const at::Tensor& logits) {
  const LogitRows rows(logits);
  at::Tensor tokens = at::empty({rows.count()}, at::kLong);
  auto* out = tokens.data_ptr<std::int64_t>();
  tensor::parallel_blocks(rows.count(), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) out[n] = best_token(rows[n]);
  });
  return tokens;
}

}  // namespace tess2::diffusion
