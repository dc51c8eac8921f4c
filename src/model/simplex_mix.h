// p E (section 2) in the type a model computes in, in chunks of rows.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>

#include "diffusion/simplex.h"

namespace tess2::model {

/// The previous logits of rows [begin, end): [end - begin, V], or undefined where there are none.
using PreviousLogits = std::function<at::Tensor(std::int64_t begin, std::int64_t end)>;

/// p E for rows [begin, end) of the simplex: [end - begin, H] float32, without gradient. In
/// bfloat16 p and E are rounded. `embedding` is E [V,H] float32. Nothing larger than a chunk of
/// rows times V is kept.
at::Tensor mix_rows(const diffusion::NoisySimplex& simplex,
                    diffusion::SelfConditioning self_conditioning, const PreviousLogits& previous,
                    const at::Tensor& embedding, std::int64_t begin, std::int64_t end,
                    at::ScalarType type);

}  // namespace tess2::model
