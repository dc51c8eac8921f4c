// An answer that is written block by block, from its beginning.
#pragma once

#include <cstdint>

#include "generate/settings.h"

namespace tess2::generate {

/// Where the blocks of an answer end, and how many steps each is written in. Blocks are counted
/// from 0; what lies behind a block is denoised along with it and begins anew with the next.
class Blocks {
 public:
  /// The blocks that `settings` ask for in an answer of `slots` >= 1 places. Each takes an equal
  /// share of the steps, but at least one, and with `until_converged` no more than the schedule
  /// that is left early has.
  Blocks(std::int64_t slots, const SessionSettings& settings);

  std::int64_t count() const { return count_; }
  /// The first slot behind a block.
  std::int64_t end(std::int64_t block) const;
  /// Denoising steps of a block, one or more.
  std::int64_t steps(std::int64_t block) const;
  /// Of all blocks together.
  std::int64_t total_steps() const;

 private:
  std::int64_t slots_;
  std::int64_t length_;
  std::int64_t count_;
  std::int64_t steps_;
  std::int64_t most_;  ///< steps of one block
};

}  // namespace tess2::generate
