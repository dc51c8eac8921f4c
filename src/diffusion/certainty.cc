#include "diffusion/certainty.h"

#include <algorithm>
#include <cmath>

#include "diffusion/simplex_kernels.h"

namespace tess2::diffusion {
namespace {

bool likelier(const Likelihood& a, const Likelihood& b) {
  return a.probability != b.probability ? a.probability > b.probability : a.token < b.token;
}

}  // namespace

Certainty certainty_of(std::span<const float> logits, std::size_t count) {
  std::vector<float> probabilities(logits.begin(), logits.end());
  softmax_row(probabilities, 1.0f);
  std::vector<Likelihood> all(probabilities.size());
  const float peak = *std::max_element(logits.begin(), logits.end());
  double mean = 0.0;  // of x - peak under p
  for (std::size_t v = 0; v < all.size(); ++v) {
    all[v] = {static_cast<std::int64_t>(v), probabilities[v]};
    mean += static_cast<double>(probabilities[v]) * static_cast<double>(logits[v] - peak);
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size()));
  std::partial_sort(all.begin(), end, all.end(), likelier);
  // H = -sum p log p = log Z - sum p (x - peak), where log Z = -log of the largest p: one logarithm
  // instead of V.
  const double entropy = -std::log(static_cast<double>(all.front().probability)) - mean;
  return {static_cast<float>(std::max(entropy, 0.0)), {all.begin(), end}};
}

float largest_probability(std::span<const float> logits) {
  const float peak = *std::max_element(logits.begin(), logits.end());
  return std::exp(peak - log_sum_exp(logits));
}

}  // namespace tess2::diffusion
