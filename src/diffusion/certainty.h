// How sure a prediction is of a token, and what else it considers.
#pragma once

#include <cstdint>
#include <vector>

#include "diffusion/logit_row.h"

namespace tess2::diffusion {

struct Likelihood {
  std::int64_t token = 0;
  float probability = 0.0f;
};

struct Certainty {
  float entropy = 0.0f;  ///< of the distribution, in nats
  /// The likeliest tokens in falling order; of equal ones the lower index comes first.
  std::vector<Likelihood> likeliest;
};

/// Certainty of softmax(logits), with the `count` likeliest tokens (at least 1, at most V).
Certainty certainty_of(const LogitRow& logits, std::size_t count);

/// The largest entry of softmax(logits).
float largest_probability(const LogitRow& logits);

}  // namespace tess2::diffusion
