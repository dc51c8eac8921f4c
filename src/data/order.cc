#include "data/order.h"

#include <numeric>

#include "core/error.h"
#include "core/random.h"

namespace tess2::data {

SampleOrder::SampleOrder(std::size_t examples, std::uint64_t seed)
    : seed_(seed), permutation_(examples) {
  if (examples == 0) throw UsageError("training examples: expected 1 or more, found 0");
  prepare(0);
}

std::size_t SampleOrder::operator()(std::uint64_t k) {
  if (epoch_of(k) != epoch_) prepare(epoch_of(k));
  return permutation_[k % permutation_.size()];
}

void SampleOrder::prepare(std::uint64_t epoch) {
  std::iota(permutation_.begin(), permutation_.end(), std::size_t{0});
  Rng rng(seed_, Stream::kShuffle, epoch);
  rng.shuffle(permutation_);
  epoch_ = epoch;
}

}  // namespace tess2::data
