// From logits to tokens: the nucleus and the draw (section 4, step 2).
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "diffusion/logit_row.h"
#include "diffusion/settings.h"

namespace tess2::diffusion {

/// Which tokens of `logits` [V] the nucleus keeps: kept[v] is 1 or 0. Of equal logits the lower
/// index comes first.
std::vector<std::uint8_t> nucleus(const LogitRow& logits, const ProjectionSettings& settings);

/// The token drawn from softmax(logits / temperature) cut to the nucleus, by `uniform` in [0, 1).
/// `scratch` is reused between calls.
std::int64_t draw_token(const LogitRow& logits, const ProjectionSettings& settings, double uniform,
                        std::vector<float>& scratch);

/// The best token of `logits` [V], the lower index of equals.
std::int64_t best_token(const LogitRow& logits);

/// Tokens [N] int64 for logits [N,V], float32 or float16; `uniform(n)` gives row n's number in [0,
/// 1).
at::Tensor project(const at::Tensor& logits, const ProjectionSettings& settings,
                   const std::function<double(std::int64_t)>& uniform);

/// Tokens [N] int64: the best of each row of logits [N,V], float32 or float16.
at::Tensor argmax_tokens(const at::Tensor& logits);

}  // namespace tess2::diffusion
