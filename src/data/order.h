// The order in which training meets its examples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tess2::data {

/// Which example is the k-th sample of a run: every epoch is a fresh permutation of all examples.
/// The answer depends on the seed, the number of examples and k alone, so a run can resume
/// anywhere.
class SampleOrder {
 public:
  /// `examples` >= 1; throws UsageError otherwise.
  SampleOrder(std::size_t examples, std::uint64_t seed);

  /// Index of sample `k`, in [0, examples). Cheap while k stays in one epoch.
  std::size_t operator()(std::uint64_t k);

  /// The epoch that sample `k` belongs to, counted from 0.
  std::uint64_t epoch_of(std::uint64_t k) const { return k / permutation_.size(); }

 private:
  void prepare(std::uint64_t epoch);

  std::uint64_t seed_;
  std::uint64_t epoch_ = 0;
  std::vector<std::size_t> permutation_;
};

}  // namespace tess2::data
