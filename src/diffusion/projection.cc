#include "diffusion/projection.h"

#include <algorithm>

#include "diffusion/simplex_kernels.h"
#include "tensor/parallel.h"

namespace tess2::diffusion {
namespace {

constexpr std::int64_t kRowBlock = 16;

/// How many of the likeliest tokens are looked at first; doubled until they hold the mass asked
/// for.
constexpr std::size_t kFirstCandidates = 64;

struct Candidate {
  float probability;
  std::int32_t token;
};

bool likelier(const Candidate& a, const Candidate& b) {
  return a.probability != b.probability ? a.probability > b.probability : a.token < b.token;
}

/// The nucleus in falling order of probability. Sorts only as many tokens as the nucleus needs.
std::vector<Candidate> nucleus_candidates(std::span<const float> probabilities, double top_p) {
  std::vector<Candidate> all(probabilities.size());
  for (std::size_t v = 0; v < all.size(); ++v) {
    all[v] = {probabilities[v], static_cast<std::int32_t>(v)};
  }
  double mass = 0.0;
  std::size_t sorted = 0;
  std::size_t size = 0;
  while (size < all.size()) {
    if (size == sorted) {
      sorted = std::min(std::max(kFirstCandidates, 2 * sorted), all.size());
      std::partial_sort(all.begin() + static_cast<std::ptrdiff_t>(size),
                        all.begin() + static_cast<std::ptrdiff_t>(sorted), all.end(), likelier);
    }
    mass += all[size++].probability;
    if (mass >= top_p) break;
  }
  all.resize(size);
  return all;
}

std::vector<float>& probabilities_of(std::span<const float> logits, double temperature,
                                     std::vector<float>& scratch) {
  scratch.assign(logits.begin(), logits.end());
  softmax_row(scratch, static_cast<float>(temperature));
  return scratch;
}

std::span<const float> row_of(const at::Tensor& matrix, std::int64_t n) {
  return {matrix.data_ptr<float>() + n * matrix.size(1), static_cast<std::size_t>(matrix.size(1))};
}

}  // namespace

std::vector<std::uint8_t> nucleus(std::span<const float> logits,
                                  const ProjectionSettings& settings) {
  std::vector<float> scratch;
  std::vector<std::uint8_t> kept(logits.size(), 0);
  const auto& probabilities = probabilities_of(logits, settings.temperature, scratch);
  for (const Candidate& candidate : nucleus_candidates(probabilities, settings.top_p)) {
    kept[static_cast<std::size_t>(candidate.token)] = 1;
  }
  return kept;
}

std::int64_t draw_token(std::span<const float> logits, const ProjectionSettings& settings,
                        double uniform, std::vector<float>& scratch) {
  const auto& probabilities = probabilities_of(logits, settings.temperature, scratch);
  const auto candidates = nucleus_candidates(probabilities, settings.top_p);
  double mass = 0.0;
  for (const Candidate& candidate : candidates) mass += candidate.probability;
  const double target = uniform * mass;
  double passed = 0.0;
  for (const Candidate& candidate : candidates) {
    passed += candidate.probability;
    if (passed > target) return candidate.token;
  }
  return candidates.back().token;
}

at::Tensor project(const at::Tensor& logits, const ProjectionSettings& settings,
                   const std::function<double(std::int64_t)>& uniform) {
  const at::Tensor values = logits.contiguous();
  at::Tensor tokens = at::empty({values.size(0)}, at::kLong);
  auto* out = tokens.data_ptr<std::int64_t>();
  tensor::parallel_blocks(values.size(0), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> scratch;
    for (std::int64_t n = begin; n < end; ++n) {
      out[n] = draw_token(row_of(values, n), settings, uniform(n), scratch);
    }
  });
  return tokens;
}

at::Tensor argmax_tokens(const at::Tensor& logits) {
  const at::Tensor values = logits.contiguous();
  at::Tensor tokens = at::empty({values.size(0)}, at::kLong);
  auto* out = tokens.data_ptr<std::int64_t>();
  tensor::parallel_blocks(values.size(0), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      const auto row = row_of(values, n);
      out[n] = std::max_element(row.begin(), row.end()) - row.begin();
    }
  });
  return tokens;
}

}  // namespace tess2::diffusion
