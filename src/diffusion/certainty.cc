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
  double entropy = 0.0;
  for (std::size_t v = 0; v < all.size(); ++v) {
    const float p = probabilities[v];
    all[v] = {static_cast<std::int64_t>(v), p};
    if (p > 0.0f) entropy -= static_cast<double>(p) * std::log(static_cast<double>(p));
  }
  const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size()));
  std::partial_sort(all.begin(), end, all.end(), likelier);
  return {static_cast<float>(entropy), {all.begin(), end}};
}

float largest_probability(std::span<const float> logits) {
  const float peak = *std::max_element(logits.begin(), logits.end());
  return std::exp(peak - log_sum_exp(logits));
}

}  // namespace tess2::diffusion
