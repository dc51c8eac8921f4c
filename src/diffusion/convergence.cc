#include "diffusion/convergence.h"

#include <numeric>
#include <vector>

#include "diffusion/logit_rows.h"
#include "diffusion/simplex_kernels.h"
#include "tensor/parallel.h"

namespace tess2::diffusion {
namespace {

constexpr std::int64_t kRowBlock = 16;

}  // namespace

double mean_divergence(const at::Tensor& logits, const at::Tensor& previous) {
  const LogitRows now(logits), before(previous);
  std::vector<double> divergences(static_cast<std::size_t>(now.count()));
  tensor::parallel_blocks(now.count(), kRowBlock, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      divergences[static_cast<std::size_t>(n)] = divergence_of(now[n], before[n]);
    }
  });
  const double sum = std::accumulate(divergences.begin(), divergences.end(), 0.0);
  return sum / static_cast<double>(divergences.size());
}

bool Convergence::observe(const StepEvent& event, std::int64_t rows) {
  const auto first = [&](const at::Tensor& whole) { return whole.narrow(0, 0, rows); };
  if (!event.previous_tokens.defined() ||
      !first(event.tokens).equal(first(event.previous_tokens))) {
    unchanged_ = 0;
    return false;
  }
  if (++unchanged_ < settings_.stable_steps) return false;
  return mean_divergence(first(event.logits), first(event.previous_logits)) <= settings_.divergence;
}

}  // namespace tess2::diffusion
