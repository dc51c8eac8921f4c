// The vector code behind fill_normal.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tess2 {

/// A row of counters (block, position, step, stream) and their key.
struct CounterRow {
  std::uint32_t position;
  std::uint32_t step;
  std::uint32_t stream;
  std::uint64_t key;
};

/// out[4 i + j] = normal j of block `first_block` + i, for i in [0, blocks).
void normal_blocks(float* out, std::uint32_t first_block, std::size_t blocks,
                   const CounterRow& row);

}  // namespace tess2
