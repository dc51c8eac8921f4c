// The vector kernels of the simplex, on raw memory. Sums agree between machines up to rounding.
#pragma once

#include <cstdint>
#include <span>

#include "diffusion/logit_row.h"

namespace tess2::diffusion {

/// row[v] = noise_scale * row[v] + (v == token ? token_value : other_value), where row holds eps on
/// entry: s_t = sqrt(alpha_bar) s_0 + sqrt(1 - alpha_bar) k eps. `token` may lie outside the row,
/// which is then a part of a longer one. The same bits on every machine.
void noise_to_simplex(std::span<float> row, float noise_scale, std::int64_t token,
                      float token_value, float other_value);

struct Exponentials {
  double sum;  ///< of the exponentials
  float peak;  ///< the largest of the values that they are of
};

/// row[v] <- e^(row[v] - shift), in place.
Exponentials exponentiate(std::span<float> row, float shift);

/// row[v] <- scale row[v] + offset.
void scale_row(std::span<float> row, float scale, float offset);

/// row <- scale row + softmax(logits) / 2.
void add_half_softmax(std::span<float> row, float scale, const LogitRow& logits);

/// The largest of one or more logits.
float largest_of(const LogitRow& logits);

/// log(sum(exp(logits))).
float log_sum_exp(const LogitRow& logits);

/// out[v] = scale * exp(row[v] - lse); out may be row.
void scaled_softmax(std::span<const float> row, float lse, float scale, std::span<float> out);

/// out[v] = e^((logits[v] - shift) scale); returns their sum.
double exponentials_of(const LogitRow& logits, float shift, float scale, std::span<float> out);

/// Entropy of softmax(logits), in nats.
double entropy_of(const LogitRow& logits);

/// KL(softmax(logits) || softmax(other)), in nats.
double divergence_of(const LogitRow& logits, const LogitRow& other);

}  // namespace tess2::diffusion
