// With P weights, P_t of them trained, V vocabulary, H hidden, F feed-forward, Q = attention heads
// x head_dim, K = key-value heads x head_dim, A attention heads; N = sequences x length positions,
// n of them predicted; a = 4 bytes an activation, 2 in bfloat16; R ranks:
//
//   weights      4 P, and 2 P for their copies in bfloat16
//   moments      8 P_t, divided by R from ZeRO 1 on
//   gradients    4 P_t, divided by R from ZeRO 2 on; they exist from the backward pass to the
//                update, and all the time where micro-batches are added
//   activations  what the backward pass will need of a block (model/blocks.h, model/ops.cc):
//                  norms       their inputs and outputs             4 H
//                  attention   q, k, v and the output               2 Q + 2 K
//                  SwiGLU      gate, up and the product             3 F
//                  float32     lse of each head, scales of norms    A + 2
//                so (4 H + 2 Q + 2 K + 3 F) a + 4 (A + 2) a position; with checkpointing a position
//                keeps H a for each block, and one block at a time has the rest. The head keeps its
//                n inputs of H a.
//   vocabulary   n V float32 numbers for each of: the logits, their gradient, and in a diffusion
//                model the earlier prediction, or without one the gradient before the shift. In
//                chunks of c rows: the logits and their gradient, 2 c V float32, and the earlier
//                prediction, n V float16.
//
// The sum is largest at one of four moments; which one depends on the shape.
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
    const double values = 4.0 * hidden + 2.0 * queries + 2.0 * keys + 3.0 * inner;
    return values * activation + kFloat * static_cast<double>(config.num_attention_heads + 2);
  }
  /// What a block has of a position without keeping anything: the residual, a norm's output, the
  /// inputs and output of attention or SwiGLU.
  double passing() const {
    return (2.0 * hidden + std::max(2.0 * queries + 2.0 * keys, 3.0 * inner)) * activation;
  }
};

double kept_activations(const MemoryShape& shape, const Sizes& sizes) {
  const double head = sizes.predicted * sizes.hidden * sizes.activation;
  if (!shape.activation_checkpointing) {
    return sizes.positions * sizes.layers * sizes.block() + head;
  }
  return sizes.positions * (sizes.layers * sizes.hidden * sizes.activation + sizes.block()) + head;
}

/// The gradients of a block's values, which exist while that block goes backward: those of the
/// residual, of a norm's output and of attention's, and three of the feed-forward part.
double passing_gradients(const Sizes& sizes) {
  return sizes.positions * (3.0 * sizes.hidden + 3.0 * sizes.inner) * sizes.activation;
}

double vocabulary_buffers(const MemoryShape& shape, const Sizes& sizes) {
  if (sizes.predicted == 0.0) return 0.0;
  const bool diffusion = sizes.config.kind == ModelKind::kDiffusion;
  const double all = sizes.predicted * sizes.vocabulary;
  if (!shape.chunked_vocabulary) return (diffusion ? 3.0 : 2.0) * all * kFloat;
  const double chunk = std::min(static_cast<double>(shape.chunk_rows), sizes.predicted);
  return 2.0 * chunk * sizes.vocabulary * kFloat +
         (diffusion && shape.self_conditioning ? all * kHalf : 0.0);
}

std::uint64_t bytes(double amount) {
  return static_cast<std::uint64_t>(amount);
}

/// The parts that stay as they are from the first step to the last.
MemoryEstimate lasting(const MemoryShape& shape, const Sizes& sizes) {
  const auto ranks = static_cast<double>(shape.ranks);
  MemoryEstimate estimate;
  estimate.weights = bytes(sizes.weights * (kFloat + (shape.bfloat16 ? kHalf : 0.0)));
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

/// Held-out batches are predicted without gradients, sequence by sequence on each thread, and their
/// logits put together: each exists twice for a moment.
MemoryEstimate at_validation(const MemoryShape& shape, const Sizes& sizes) {
  MemoryEstimate estimate = lasting(shape, sizes);
  estimate.moment = "validation";
  const auto sequences = static_cast<double>(shape.validation_batch);
  const auto length = static_cast<double>(shape.length);
  const bool alone = sizes.config.kind == ModelKind::kDiffusion;
  const double at_once =
      alone ? std::min(sequences, static_cast<double>(shape.threads)) : sequences;
  double vocabulary = 0.0;
  if (sizes.config.kind != ModelKind::kReward) {
    const double rows = shape.chunked_vocabulary
                            ? std::min(static_cast<double>(shape.chunk_rows), sequences * length)
                            : std::ceil(sequences * length * shape.validation_share);
    vocabulary = 2.0 * rows * sizes.vocabulary * kFloat;
  }
  add_buffers(estimate, shape, at_once * length * sizes.passing(), vocabulary);
  return estimate;
}

}  // namespace

MemoryEstimate estimate_memory(const MemoryShape& shape) {
  const Sizes sizes(shape);
  const double all_gradients =
      kFloat * sizes.trained / (shape.zero_stage >= 2 ? static_cast<double>(shape.ranks) : 1.0);
  const double kept = kept_activations(shape, sizes);

  // The loss is there, and nothing has been given back.
  MemoryEstimate prediction = lasting(shape, sizes);
  prediction.moment = "prediction";
  prediction.gradients = bytes(shape.accumulates ? all_gradients : 0.0);
  add_buffers(prediction, shape, kept, vocabulary_buffers(shape, sizes));

  // The last block goes backward: the logits are gone, the gradient of the head is there. From here
  // on blocks give back more than their gradients take, or the update is larger still.
  MemoryEstimate gradients = lasting(shape, sizes);
  gradients.moment = "gradients";
  const double head = sizes.predicted > 0.0 ? kFloat * sizes.vocabulary * sizes.hidden : 0.0;
  gradients.gradients = bytes(shape.accumulates ? all_gradients : std::min(head, all_gradients));
  add_buffers(gradients, shape, kept + passing_gradients(sizes), 0.0);

  // All gradients, and nothing else.
  MemoryEstimate update = lasting(shape, sizes);
  update.moment = "update";
  update.gradients = bytes(all_gradients);

  return std::ranges::max(std::array{prediction, gradients, update, at_validation(shape, sizes)},
                          {}, &MemoryEstimate::total);
}

}  // namespace tess2::train
