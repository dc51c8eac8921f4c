// What the sampler and the objective ask of a model.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

#include "diffusion/canvas.h"
#include "diffusion/context_cache.h"
#include "diffusion/simplex.h"

namespace tess2::diffusion {

struct DenoiserInput {
  const Canvas& canvas;
  /// s_t at the canvas's rows.
  const NoisySimplex& simplex;
  /// t/T, one a sequence.
  std::vector<float> times;
  /// [N,V] logits of the previous prediction, float32 or float16; undefined where there is none.
  at::Tensor previous;
  /// What the run keeps of the context, one a sequence; empty for exact predictions. For a denoiser
  /// that keeps context.
  std::span<ContextCache> contexts = {};
};

/// Cross-entropy of a canvas's rows.
struct TokenLosses {
  at::Tensor total;  ///< scalar: the weighted sum over the rows, with its graph
  at::Tensor each;   ///< [N] float32, without one
};

/// A model that predicts clean tokens from a noisy canvas (section 2).
class Denoiser {
 public:
  virtual ~Denoiser() = default;

  virtual std::int64_t vocab_size() const = 0;

  /// Whether predictions use the input's `contexts`.
  virtual bool keeps_context() const { return false; }

  /// How often each of equal ranges of the noise level t/T, from 0 on, was drawn in training with
  /// time warping (diffusion/time_warp.h); they sum to 1. Empty where all were drawn alike.
  virtual std::span<const double> level_shares() const { return {}; }

  /// Logits [N,V] for the canvas's rows, already shifted: row (b, l) predicts the token at l (zeros
  /// at l = 0). They are float32, or float16 from a denoiser that keeps its predictions small: the
  /// distribution of a row is then the softmax of the rounded values. Differentiable in the weights
  /// where gradients are on; where they are off, a sequence's rows do not depend on the rest of the
  /// batch nor on the number of threads.
  virtual at::Tensor predict(const DenoiserInput& input) = 0;

  /// Cross-entropy of the predictions against `labels` [N] int64; `weights` [N] float32 are 0 for
  /// rows at l = 0. Where `earlier` is given, its prediction, made without gradient, is the input's
  /// previous one. As `predict` and `cross_entropy` would give, but a model may do without keeping
  /// matrices of vocabulary size.
  virtual TokenLosses losses(const DenoiserInput& input, const DenoiserInput* earlier,
                             const at::Tensor& labels, const at::Tensor& weights);
};

}  // namespace tess2::diffusion
