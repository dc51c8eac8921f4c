// With P weights, P_t of them trained, V vocabulary, H hidden, F feed-forward, Q = attention heads
// x head_dim, K = key-value heads x head_dim, A attention heads; N = sequences x length positions,
// n of them predicted; a = 4 bytes an activation, 2 in bfloat16; C = 64 MB, what a chunk of rows of
// vocabulary size takes, or n V a where that is less; R ranks:
//
//   weights      4 P
//   moments      8 P_t, divided by R from ZeRO 1 on
//   gradients    4 P_t, divided by R from ZeRO 2 on; they exist from the backward pass to the
//                update, and all the time where micro-batches are added. The head's, 4 V H, is made
//                with the loss, and exists beside the sum then
//   activations  what the backward pass will need of a block (model/blocks.h, model/ops.cc):
//                  norms       their inputs, in float32             2 x 4 H
//                              their outputs                        2 a H
//                  attention   q, k, v and the output               a (2 Q + 2 K)
//                  SwiGLU      gate, up and the product             a 3 F
//                  float32     lse of each head, scales of norms    4 (A + 2)
//                a position; with checkpointing a position keeps 4 H for each block, and one block
//                at a time has the rest. The head keeps the gradient of its n inputs, a H.
//   vocabulary   at the loss C, and in bfloat16 C for its transpose and the head packed twice,
//                4 V H; before that, where p E is made and no block has run, C for the earlier
//                prediction's logits, and in bfloat16 C for p and 4 V H for E and the head, in
//                float32 32 V 4 a thread
//
// The sum is largest at one of six moments; which one depends on the shape.
#include "train/memory_estimate.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/weights.h"

namespace tess2::train {
namespace {

using model::Config;
using model::ModelKind;

constexpr double kFloat = 4.0;
constexpr double kHalf = 2.0;
/// Bytes of a chunk (model/head_loss.cc, model/simplex_mix.cc).
constexpr double kChunk = 64.0 * 1024 * 1024;
/// Rows that a thread mixes at a time in float32 (diffusion/simplex.cc).
constexpr double kMixedRows = 32.0;

/// The sizes that the formulas speak of.
struct Sizes {
  explicit Sizes(const MemoryShape& shape)
      : config(shape.config),
        activation(shape.bfloat16 ? kHalf : kFloat),
        hidden(static_cast<double>(config.hidden_size)),
        inner(static_cast<double>(config.intermediate_size)),
        queries(static_cast<double>(config.num_attention_heads * config.head_dim)),
        keys(static_cast<double>(config.num_key_value_heads * config.head_dim)),
        layers(static_cast<double>(config.num_hidden_layers)),
        vocabulary(static_cast<double>(config.vocab_size)),
        weights(static_cast<double>(model::count_parameters(config))),
        trained(
            static_cast<double>(shape.trained_weights.value_or(model::count_parameters(config)))) {
    const bool pairs = config.kind == ModelKind::kReward;
    positions = static_cast<double>(shape.batch * shape.length) * (pairs ? 2.0 : 1.0);
    predicted = pairs ? 0.0 : std::ceil(positions * shape.span_share);
  }

  const Config& config;
  double activation, hidden, inner, queries, keys, layers, vocabulary, weights, trained;
  double positions = 0.0;
  double predicted = 0.0;

  /// What a block keeps of a position.
  double block() const {
    const double values = 2.0 * hidden + 2.0 * queries + 2.0 * keys + 3.0 * inner;
    const auto scales = static_cast<double>(config.num_attention_heads + 2);
    return values * activation + kFloat * (2.0 * hidden + scales);
  }
  /// What a block has of a position without keeping anything: the residual, a norm's output, the
  /// inputs and output of attention or SwiGLU.
  double passing() const {
    return kFloat * hidden +
           (hidden + std::max(2.0 * queries + 2.0 * keys, 3.0 * inner)) * activation;
  }
  /// A matrix [V,H] of numbers of so many bytes.
  double table(double number) const { return vocabulary * hidden * number; }
  /// What a chunk of `rows` or fewer takes.
  double chunk(double rows) const { return std::min(kChunk, rows * vocabulary * activation); }
};

double kept_activations(const MemoryShape& shape, const Sizes& sizes) {
  const double head = sizes.predicted * sizes.hidden * sizes.activation;
  if (!shape.activation_checkpointing) {
    return sizes.positions * sizes.layers * sizes.block() + head;
  }
  return sizes.positions * (sizes.layers * sizes.hidden * kFloat + sizes.block()) + head;
}

/// The gradients of a block's values, which exist while that block goes backward: those of the
/// residual, twice, of a norm's output and of attention's, and three of the feed-forward part.
double passing_gradients(const Sizes& sizes) {
  return sizes.positions * (2.0 * kFloat * sizes.hidden +
                            (2.0 * sizes.hidden + 3.0 * sizes.inner) * sizes.activation);
}

double loss_buffers(const MemoryShape& shape, const Sizes& sizes, double rows) {
  if (rows == 0.0) return 0.0;
  if (!shape.bfloat16) return sizes.chunk(rows);
  return 2.0 * sizes.chunk(rows) + 2.0 * sizes.table(kHalf);
}

double mixing_buffers(const MemoryShape& shape, const Sizes& sizes, double rows) {
  if (sizes.config.kind != ModelKind::kDiffusion) return 0.0;
  const double earlier = shape.self_conditioning ? sizes.chunk(rows) : 0.0;
  if (shape.bfloat16) return earlier + sizes.chunk(rows) + 2.0 * sizes.table(kHalf);
  return earlier + static_cast<double>(shape.threads) * kMixedRows * sizes.vocabulary * kFloat;
}

std::uint64_t bytes(double amount) {
  return static_cast<std::uint64_t>(amount);
}

/// The parts that stay as they are from the first step to the last.
MemoryEstimate lasting(const MemoryShape& shape, const Sizes& sizes) {
  const auto ranks = static_cast<double>(shape.ranks);
  MemoryEstimate estimate;
  estimate.weights = bytes(sizes.weights * kFloat);
  estimate.moments = bytes(2.0 * kFloat * sizes.trained / (shape.zero_stage >= 1 ? ranks : 1.0));
  estimate.data = shape.data_bytes;
  estimate.process = shape.process_bytes;
  return estimate;
}

void add_buffers(MemoryEstimate& estimate, const MemoryShape& shape, double activations,
                 double vocabulary) {
  estimate.activations = bytes(activations);
  estimate.vocabulary = bytes(vocabulary);
  estimate.gaps = bytes(shape.heap_gaps * (activations + vocabulary));
}

/// Of the gradients that a rank keeps.
double kept_gradients(const MemoryShape& shape, const Sizes& sizes) {
  const double all = kFloat * sizes.trained;
  return shape.zero_stage >= 2 ? all / static_cast<double>(shape.ranks) : all;
}

/// Before the last block goes backward, or while it does: the head's gradient is there.
MemoryEstimate with_head_gradient(const MemoryShape& shape, const Sizes& sizes) {
  MemoryEstimate estimate = lasting(shape, sizes);
  const double head =
      sizes.predicted > 0.0 ? std::min(sizes.table(kFloat), kFloat * sizes.trained) : 0.0;
  const double sum = shape.accumulates ? kept_gradients(shape, sizes) : 0.0;
  estimate.gradients = bytes(head + sum);
  return estimate;
}

MemoryEstimate at_mixing(const MemoryShape& shape, const Sizes& sizes) {
  MemoryEstimate estimate = lasting(shape, sizes);
  estimate.moment = "mixing";
  estimate.gradients = bytes(shape.accumulates ? kept_gradients(shape, sizes) : 0.0);
  add_buffers(estimate, shape, 2.0 * sizes.positions * sizes.hidden * kFloat,
              mixing_buffers(shape, sizes, sizes.predicted));
  return estimate;
}

/// The loss is there, and nothing has been given back.
MemoryEstimate at_prediction(const MemoryShape& shape, const Sizes& sizes) {
  MemoryEstimate estimate = with_head_gradient(shape, sizes);
  estimate.moment = "prediction";
  add_buffers(estimate, shape, kept_activations(shape, sizes),
              loss_buffers(shape, sizes, sizes.predicted));
  return estimate;
}

/// The last block goes backward. From here on blocks give back more than their gradients take, or
/// the update is larger still.
MemoryEstimate at_gradients(const MemoryShape& shape, const Sizes& sizes) {
  MemoryEstimate estimate = with_head_gradient(shape, sizes);
  estimate.moment = "gradients";
  add_buffers(estimate, shape, kept_activations(shape, sizes) + passing_gradients(sizes), 0.0);
  return estimate;
}

/// All gradients, and nothing else.
MemoryEstimate at_update(const MemoryShape& shape, const Sizes& sizes) {
  MemoryEstimate estimate = lasting(shape, sizes);
  estimate.moment = "update";
  estimate.gradients = bytes(kept_gradients(shape, sizes));
  return estimate;
}

/// Held-out batches are predicted whole, without gradients.
MemoryEstimate at_validation(const MemoryShape& shape, const Sizes& sizes) {
  MemoryEstimate estimate = lasting(shape, sizes);
  estimate.moment = "validation";
  const double pairs = sizes.config.kind == ModelKind::kReward ? 2.0 : 1.0;
  const double positions = pairs * static_cast<double>(shape.validation_batch * shape.length);
  const double rows = pairs > 1.0 ? 0.0 : std::ceil(positions * shape.validation_share);
  add_buffers(estimate, shape, positions * sizes.passing(),
              std::max(loss_buffers(shape, sizes, rows), mixing_buffers(shape, sizes, rows)));
  return estimate;
}

/// A sampler keeps its predictions: the last ones, those before, and what they are put together
/// from.
MemoryEstimate at_samples(const MemoryShape& shape, const Sizes& sizes) {
  MemoryEstimate estimate = lasting(shape, sizes);
  estimate.moment = "samples";
  if (sizes.config.kind != ModelKind::kDiffusion) return estimate;
  const double positions = static_cast<double>(shape.samples * shape.length);
  const double rows = std::ceil(positions * shape.validation_share);
  const double tables =
      shape.bfloat16 ? static_cast<double>(shape.samples) * sizes.table(kHalf) : 0.0;
  add_buffers(estimate, shape, positions * sizes.passing(),
              3.0 * rows * sizes.vocabulary * sizes.activation + tables);
  return estimate;
}

}  // namespace

MemoryEstimate estimate_memory(const MemoryShape& shape) {
  const Sizes sizes(shape);
  return std::ranges::max(
      std::array{at_mixing(shape, sizes), at_prediction(shape, sizes), at_gradients(shape, sizes),
                 at_update(shape, sizes), at_validation(shape, sizes), at_samples(shape, sizes)},
      {}, &MemoryEstimate::total);
}

}  // namespace tess2::train
