#include "engine/packed_lm.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/float16.h"
#include "engine/kept_context.h"
#include "engine/mix.h"
#include "engine/packed_ops.h"
#include "model/blocks.h"
#include "tensor/bf16.h"
#include "tensor/parallel.h"

namespace tess2::engine {
namespace {

using diffusion::Canvas;
using diffusion::DenoiserInput;
using kernels::Bf16;

/// Adds the time from its making to `stop` to a figure.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  void stop() const { seconds_ += std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point begin_ = Clock::now();
};

/// A position is told the time in proportion to tau: x += tau t/T.
void add_time(float time, const at::Tensor& tau, float* x) {
  const float* direction = tau.data_ptr<float>();
  for (std::int64_t i = 0; i < tau.numel(); ++i) x[i] += time * direction[i];
}

/// The rows of one sequence and the positions whose hidden states predict them.
struct Rows {
  std::int64_t begin, end;
  std::vector<std::int64_t> positions;  ///< of the rows
  std::vector<std::int64_t> sources;    ///< that before each row, or its own; none for the first
};

Rows rows_of(const Canvas& canvas, std::int64_t b, bool label_shift) {
  Rows rows{canvas.row_begin(b), canvas.row_begin(b + 1), {}, {}};
  for (std::int64_t n = rows.begin; n < rows.end; ++n) {
    rows.positions.push_back(canvas.row_position(n));
    if (rows.positions.back() == 0) continue;
    rows.sources.push_back(rows.positions.back() - (label_shift ? 1 : 0));
  }
  return rows;
}

std::vector<std::int64_t> all_positions(std::int64_t length) {
  std::vector<std::int64_t> positions(static_cast<std::size_t>(length));
  std::iota(positions.begin(), positions.end(), std::int64_t{0});
  return positions;
}

/// The positions whose own hidden states the rows need.
std::vector<std::int64_t> live_positions(const Rows& rows) {
  std::vector<std::int64_t> live;
  std::ranges::set_union(rows.positions, rows.sources, std::back_inserter(live));
  return live;
}

}  // namespace

PackedSimplexLM::PackedSimplexLM(model::Config config, PackedWeights packed)
    : config_(std::move(config)),
      packed_(std::move(packed)),
      self_conditioning_(config_.self_condition ? diffusion::SelfConditioning::kLogitsMean
                                                : diffusion::SelfConditioning::kNone) {
  if (config_.kind != model::ModelKind::kDiffusion) {
    throw Error("packed engine: expected a diffusion model");
  }
}

at::Tensor PackedSimplexLM::predict(const DenoiserInput& input) {
  const std::int64_t batch = input.canvas.batch();
  at::Tensor logits = at::empty({input.canvas.row_count(), vocab_size()}, at::kHalf);
  if (batch == 1) {
    PhaseTimes unused;
    predict_sequence(input, 0, logits, unused);
    return logits;
  }
  // Alone, a sequence has all threads; of several each has one.
  tensor::parallel_tasks(batch, [&](std::int64_t b) {
    PhaseTimes unused;
    predict_sequence(input, b, logits, unused);
  });
  return logits;
}

at::Tensor PackedSimplexLM::predict_timed(const DenoiserInput& input, PhaseTimes& times) {
  at::Tensor logits = at::empty({input.canvas.row_count(), vocab_size()}, at::kHalf);
  predict_sequence(input, 0, logits, times);
  return logits;
}

void PackedSimplexLM::predict_sequence(const DenoiserInput& input, std::int64_t b,
                                       at::Tensor& logits, PhaseTimes& times) const {
  at::NoGradGuard no_grad;
  const Rows rows = rows_of(input.canvas, b, config_.label_shift);
  const std::int64_t length = input.canvas.length();
  std::vector<std::int64_t> positions = all_positions(length);
  std::optional<KeptContext> context;
  if (!input.contexts.empty()) {
    const std::vector<std::int64_t> live = live_positions(rows);
    context.emplace(input.contexts[static_cast<std::size_t>(b)], length, live,
                    packed_.weights.backbone.layers.size());
    if (context->reuses()) positions = live;
  }
  Rows32 x = embed(input, b, positions, times);
  const Stopwatch blocks(times.blocks);
  PackedOps ops(config_, packed_, length, std::move(positions), rows.sources,
                context ? &*context : nullptr);
  const Operand hidden = model::run_blocks(ops, std::move(x));
  blocks.stop();
  const Stopwatch head(times.head);
  auto* out = reinterpret_cast<Float16*>(logits.data_ptr<at::Half>());
  const std::int64_t vocab = vocab_size();
  const std::int64_t unpredicted = std::ssize(rows.positions) - std::ssize(rows.sources);
  std::fill_n(out + rows.begin * vocab, unpredicted * vocab, Float16{0});
  linear_into(
      [&](std::int64_t i, std::int64_t first, std::int64_t count, const float* values) {
        const auto size = static_cast<std::size_t>(count);
        to_float16({values, size}, {out + (rows.begin + unpredicted + i) * vocab + first, size});
      },
      hidden, packed_.weights.lm_head);
  head.stop();
}

Rows32 PackedSimplexLM::embed_tokens(const Canvas& canvas, std::int64_t b,
                                     const std::vector<std::int64_t>& positions) const {
  const std::int64_t hidden = config_.hidden_size;
  const at::Tensor& table = packed_.weights.backbone.embed;
  const auto* rows = reinterpret_cast<const Bf16*>(table.data_ptr<at::BFloat16>());
  const std::int64_t* ids = canvas.ids().data_ptr<std::int64_t>() + b * canvas.length();
  Rows32 x = make_rows32(std::ssize(positions), hidden);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    const std::int64_t id = ids[positions[static_cast<std::size_t>(i)]];
    if (id < 0 || id >= vocab_size()) {
      throw Error("token ids: expected 0 to " + std::to_string(vocab_size() - 1) + ", found " +
                  std::to_string(id));
    }
    tensor::from_bf16(rows + id * hidden, hidden, x.row(i));
  }
  return x;
}

Rows32 PackedSimplexLM::embed(const DenoiserInput& input, std::int64_t b,
                              const std::vector<std::int64_t>& positions, PhaseTimes& times) const {
  const Canvas& canvas = input.canvas;
  const std::int64_t begin = canvas.row_begin(b), end = canvas.row_begin(b + 1);
  const std::int64_t hidden = config_.hidden_size;
  const at::Tensor& table = packed_.weights.backbone.embed;
  Rows32 x = embed_tokens(canvas, b, positions);
  const Stopwatch distributing(times.distributions);
  const Distributions p = make_distributions(input, self_conditioning_, begin, end, packed_.mix);
  distributing.stop();
  const Stopwatch mixing(times.mix);
  const Rows32 mixed = mix_embedding(p, packed_.mix, table);
  mixing.stop();
  const float time = input.times[static_cast<std::size_t>(b)];
  for (std::int64_t n = begin; n < end; ++n) {
    if (!canvas.row_in_span(n)) continue;
    const auto place = std::ranges::lower_bound(positions, canvas.row_position(n));
    float* at = x.row(place - positions.begin());
    std::copy_n(mixed.row(n - begin), hidden, at);
    const at::Tensor& tau = packed_.weights.timestep_embed;
    if (tau.defined()) add_time(time, tau, at);
  }
  return x;
}

}  // namespace tess2::engine
