// The vector kernels of the simplex: plain loops on raw memory.
#pragma once

#include <cstdint>
#include <span>

#include "diffusion/logit_row.h"

namespace tess2::diffusion {

/// row[v] = noise_scale * row[v] + (v == token ? token_value : other_value), where row holds eps on
/// entry: s_t = sqrt(alpha_bar) s_0 + sqrt(1 - alpha_bar) k eps.
void noise_to_simplex(std::span<float> row, float noise_scale, std::int64_t token,
                      float token_value, float other_value);

/// row <- softmax(row / temperature), in place.
void softmax_row(std::span<float> row, float temperature = 1.0f);

/// row <- (row + softmax(logits)) / 2.
void average_with_softmax(std::span<float> row, const LogitRow& logits);

/// log(sum(exp(row))).
float log_sum_exp(std::span<const float> row);

/// out[v] = scale * exp(row[v] - lse); out may be row.
void scaled_softmax(std::span<const float> row, float lse, float scale, std::span<float> out);

}  // namespace tess2::diffusion
