#include "golden/sensitivity.h"

#include <algorithm>
#include <limits>

#include "core/random.h"

namespace tess2::golden {

at::Tensor RoundedDenoiser::predict(const diffusion::DenoiserInput& input) {
  const at::Tensor logits = denoiser_.predict(input);
  at::Tensor noise = at::empty_like(logits);
  fill_normal({noise.data_ptr<float>(), static_cast<std::size_t>(noise.numel())}, seed_,
              Stream::kGuidance, calls_++, 0);
  const double size = kForwardRounding / 4.0 * logits.abs().max().item<double>();
  // Zeros are exact (position 0, by the shift).
  return logits + noise.clamp(-4.0, 4.0) * size * logits.ne(0);
}

RunSensitivity measure_sensitivity(const RunOutcome& outcome, diffusion::Denoiser& denoiser,
                                   const std::function<RunOutcome(diffusion::Denoiser&)>& run) {
  RunSensitivity found;
  found.tokens.steps = outcome.tokens.size(0);
  for (int i = 0; i < kRepetitions; ++i) {
    RoundedDenoiser rounded(denoiser, static_cast<std::uint64_t>(i));
    const RunOutcome other = run(rounded);
    found.first.moved = std::max(found.first.moved, relative_error(other.first, outcome.first));
    found.last.moved = std::max(found.last.moved, relative_error(other.last, outcome.last));
    std::int64_t same = 0;
    while (same < found.tokens.steps && other.tokens[same].equal(outcome.tokens[same])) ++same;
    found.tokens.steps = same;
  }
  // Once tokens change, what follows is another run.
  if (found.tokens.steps < outcome.tokens.size(0)) {
    found.last.moved = std::numeric_limits<double>::infinity();
  }
  return found;
}

}  // namespace tess2::golden
