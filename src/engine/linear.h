// Linear maps of packed matrices: y = x W^T, with what follows a product done while its block is in
// the cache.
#pragma once

#include <cstdint>
#include <functional>

#include "engine/operand.h"
#include "engine/packed_matrix.h"

namespace tess2::engine {

/// x W^T in bfloat16.
Rows16 linear(const Operand& x, const PackedMatrix& weight);

/// sum += x W^T
void add_linear(Rows32& sum, const Operand& x, const PackedMatrix& weight);

/// silu(x gate^T) (x up^T) in bfloat16.
Rows16 gated_linear(const Operand& x, const PackedMatrix& gate, const PackedMatrix& up);

/// Sees `count` values of row i of x W^T, from output channel `first` on. Called from several
/// threads, never for the same place twice.
using RowSink = std::function<void(std::int64_t i, std::int64_t first, std::int64_t count,
                                   const float* values)>;
void linear_into(const RowSink& sink, const Operand& x, const PackedMatrix& weight);

}  // namespace tess2::engine
