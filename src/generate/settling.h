// Which positions of a canvas have come to rest.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace tess2::generate {

/// Follows the predicted tokens of some positions over the steps.
class Settling {
 public:
  /// A position counts as settled once its token has stayed the same for this many steps.
  static constexpr std::int64_t kStableSteps = 3;

  explicit Settling(std::size_t positions) : tokens_(positions, -1), changed_at_(positions, 0) {}

  /// The tokens predicted at step `step` (from 0), one a position.
  void observe(std::int64_t step, std::span<const std::int64_t> tokens);

  bool is_settled(std::size_t position, std::int64_t step) const {
    return step - changed_at_[position] >= kStableSteps;
  }
  /// Step (from 0) at which the position took its present token.
  std::int64_t changed_at(std::size_t position) const { return changed_at_[position]; }

 private:
  std::vector<std::int64_t> tokens_;
  std::vector<std::int64_t> changed_at_;
};

}  // namespace tess2::generate
