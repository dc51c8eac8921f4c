#include "diffusion/certainty.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "diffusion/simplex_kernels.h"

namespace tess2::diffusion {
namespace {

constexpr std::size_t kBlock = 128;

struct Entry {
  float logit;
  std::int64_t token;
};

bool likelier(const Entry& a, const Entry& b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

LogitRow block_of(const LogitRow& logits, std::size_t block) {
  const std::size_t first = block * kBlock;
  return logits.part(first, std::min(kBlock, logits.size() - first));
}

std::vector<float> block_peaks(const LogitRow& logits) {
  std::vector<float> peaks((logits.size() + kBlock - 1) / kBlock);
  for (std::size_t b = 0; b < peaks.size(); ++b) peaks[b] = largest_of(block_of(logits, b));
  return peaks;
}

/// The `count` best entries and more, in no order: those of blocks whose peak is among the `count`
/// largest. (As many entries reach the least of these peaks, so an entry of another block is not
/// among the best.)
std::vector<Entry> best_entries(const LogitRow& logits, std::size_t count) {
  const std::vector<float> peaks = block_peaks(logits);
  std::vector<float> falling = peaks;
  const std::size_t last = std::min(count, falling.size()) - 1;
  std::ranges::nth_element(falling, falling.begin() + static_cast<std::ptrdiff_t>(last),
                           std::greater<>());
  // Fewer blocks than entries wanted say nothing.
  const float least = count <= peaks.size() ? falling[last] : -INFINITY;
  std::vector<Entry> entries;
  for (std::size_t b = 0; b < peaks.size(); ++b) {
    if (peaks[b] < least) continue;
    std::array<float, kBlock> values;
    const LogitRow block = block_of(logits, b);
    block.copy_to(std::span(values).first(block.size()));
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (values[i] < least) continue;
      entries.push_back({values[i], static_cast<std::int64_t>(b * kBlock + i)});
    }
  }
  return entries;
}

}  // namespace

Certainty certainty_of(const LogitRow& logits, std::size_t count) {
  std::vector<Entry> best = best_entries(logits, count);
  const std::size_t kept = std::min(count, best.size());
  std::ranges::partial_sort(best, best.begin() + static_cast<std::ptrdiff_t>(kept), likelier);
  Certainty certainty{static_cast<float>(std::max(entropy_of(logits), 0.0)), {}};
  const float lse = log_sum_exp(logits);
  for (std::size_t i = 0; i < kept; ++i) {
    certainty.likeliest.push_back({best[i].token, std::exp(best[i].logit - lse)});
  }
  return certainty;
}

float largest_probability(const LogitRow& logits) {
  return std::exp(largest_of(logits) - log_sum_exp(logits));
}

}  // namespace tess2::diffusion
