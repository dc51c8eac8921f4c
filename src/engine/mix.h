// p E (section 2) for the rows of one sequence, without a float32 matrix of vocabulary size.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "diffusion/denoiser.h"
#include "diffusion/simplex.h"
#include "engine/operand.h"
#include "engine/packed_weights.h"

namespace tess2::engine {

/// The distributions p of some rows as a product reads them.
///
/// In 8 bits a distribution has few entries that matter and a long tail. The largest are kept
/// exactly; the others are rounded to a step of the largest left, and what rounding leaves over
/// goes to the next entry, so that the tail keeps its mass.
struct Distributions {
  struct Share {
    std::int64_t token;
    float probability;
  };
  Operand operand;
  std::vector<std::vector<Share>> exact;  ///< row by row; empty in bf16
};

/// p for rows [begin, end) of the input, in the format of `mix`, E^T packed.
Distributions make_distributions(const diffusion::DenoiserInput& input,
                                 diffusion::SelfConditioning self_conditioning, std::int64_t begin,
                                 std::int64_t end, const PackedMatrix& mix);

/// p E: [rows, H]. `embed` is E [V, H] in bfloat16.
Rows32 mix_embedding(const Distributions& p, const PackedMatrix& mix, const at::Tensor& embed);

}  // namespace tess2::engine
