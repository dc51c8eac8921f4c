// Canvases and weights for models without training.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <vector>

#include "diffusion/canvas.h"
#include "model/weights.h"
#include "support/random_tensors.h"

namespace tess2::model::test {

/// Random ids [B,L]; sequence b is given up to position prompts[b] and to be generated from there.
inline diffusion::Canvas random_canvas(const std::vector<std::int64_t>& prompts,
                                       std::int64_t length, std::int64_t vocab,
                                       std::uint64_t seed) {
  const auto batch = static_cast<std::int64_t>(prompts.size());
  const at::Tensor first = at::tensor(prompts, at::kLong).unsqueeze(1);
  const at::Tensor mask = at::arange(length, at::kLong).unsqueeze(0).ge(first);
  return {test_support::random_ids({batch, length}, vocab, seed), mask};
}

/// Sequence b of a canvas on its own.
inline diffusion::Canvas only_sequence(const diffusion::Canvas& canvas, std::int64_t b) {
  return {canvas.ids().narrow(0, b, 1), canvas.span_mask().narrow(0, b, 1)};
}

/// Fresh weights whose gradients are on.
inline Weights trainable_weights(const Config& config, std::uint64_t seed) {
  Weights weights = make_weights(config, seed);
  for_each_parameter(weights, config,
                     [](const std::string&, at::Tensor& weight) { weight.requires_grad_(true); });
  return weights;
}

}  // namespace tess2::model::test
