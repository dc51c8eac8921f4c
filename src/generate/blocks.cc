#include "generate/blocks.h"

#include <algorithm>

namespace tess2::generate {

Blocks::Blocks(std::int64_t slots, const SessionSettings& settings)
    : slots_(slots),
      length_(settings.block_length == 0 ? slots : settings.block_length),
      count_((slots - 1) / length_ + 1),
      steps_(settings.sampler.steps),
      most_(settings.until_converged ? settings.convergence.schedule_steps : steps_) {}

std::int64_t Blocks::end(std::int64_t block) const {
  return std::min((block + 1) * length_, slots_);
}

std::int64_t Blocks::steps(std::int64_t block) const {
  const std::int64_t share = (block + 1) * steps_ / count_ - block * steps_ / count_;
  return std::clamp<std::int64_t>(share, 1, most_);
}

std::int64_t Blocks::total_steps() const {
  std::int64_t total = 0;
  for (std::int64_t block = 0; block < count_; ++block) total += steps(block);
  return total;
}

}  // namespace tess2::generate
