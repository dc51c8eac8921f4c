#include "model/simplex_lm.h"

#include <chrono>
#include <optional>
#include <vector>

#include "core/error.h"
#include "model/head_loss.h"
#include "model/simplex_mix.h"
#include "model/transformer.h"
#include "tensor/parallel.h"

namespace tess2::model {
namespace {

using diffusion::Canvas;
using diffusion::DenoiserInput;

/// Adds the time of its life to a figure.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  ~Stopwatch() { seconds_ += std::chrono::duration<double>(Clock::now() - begin_).count(); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  using Clock = std::chrono::steady_clock;
  double& seconds_;
  Clock::time_point begin_ = Clock::now();
};

/// The rows of sequences [first, last), of which some lie in the span.
struct Rows {
  std::int64_t begin, end;
  at::Tensor places;  ///< [end - begin] int64: (b - first) * L + l
};

/// [rows] bool: those at position 0, which nothing predicts.
at::Tensor at_start(const Canvas& canvas, std::int64_t begin, std::int64_t end) {
  return canvas.row_places().narrow(0, begin, end - begin).remainder(canvas.length()).eq(0);
}

Rows rows_of(const Canvas& canvas, std::int64_t first, std::int64_t last) {
  const std::int64_t begin = canvas.row_begin(first);
  const std::int64_t end = canvas.row_begin(last);
  return {begin, end, canvas.row_places().narrow(0, begin, end - begin) - first * canvas.length()};
}

/// t/T of each row, [n,1] float32.
at::Tensor row_times(const DenoiserInput& input, const Rows& rows) {
  at::Tensor times = at::empty({rows.end - rows.begin, 1}, at::kFloat);
  float* out = times.data_ptr<float>();
  for (std::int64_t n = rows.begin; n < rows.end; ++n) {
    *out++ = input.times[static_cast<std::size_t>(input.canvas.row_sequence(n))];
  }
  return times;
}

}  // namespace

SimplexLM::SimplexLM(Config config, Weights weights, const Compute& compute)
    : config_(std::move(config)),
      weights_(std::move(weights)),
      compute_(compute),
      self_conditioning_(config_.self_condition ? diffusion::SelfConditioning::kLogitsMean
                                                : diffusion::SelfConditioning::kNone) {
  if (!weights_.timestep_embed.defined() && !config_.disable_timestep_embed) {
    throw Error("diffusion model: expected the weight timestep_embed.weight, found none");
  }
}

at::Tensor SimplexLM::predict(const DenoiserInput& input) {
  const std::int64_t batch = input.canvas.batch();
  if (at::GradMode::is_enabled() || !weights_.backbone.embed.is_cpu()) {
    return predict_of(input, 0, batch);
  }
  // One sequence at a time: its result is then the same in any batch.
  std::vector<at::Tensor> parts(static_cast<std::size_t>(batch));
  tensor::parallel_tasks(batch, [&](std::int64_t b) {
    at::NoGradGuard no_grad;
    parts[static_cast<std::size_t>(b)] = predict_of(input, b, b + 1);
  });
  return at::cat(parts);
}

at::Tensor SimplexLM::hidden_states(const DenoiserInput& input) {
  return hidden_of(input, 0, input.canvas.batch(), given_previous(input));
}

diffusion::TokenLosses SimplexLM::losses(const DenoiserInput& input, const DenoiserInput* earlier,
                                         const at::Tensor& labels, const at::Tensor& weights) {
  if (!weights_.backbone.embed.is_cpu()) return Denoiser::losses(input, earlier, labels, weights);
  const at::Tensor hidden = informed_states(input, earlier);
  const Stopwatch stopwatch(vocabulary_seconds_);
  return head_cross_entropy(hidden, head_weight(weights_), labels, weights);
}

at::Tensor SimplexLM::informed_states(const DenoiserInput& input, const DenoiserInput* earlier) {
  const PreviousLogits previous =
      earlier != nullptr ? prediction_of(*earlier) : given_previous(input);
  return predicting_states(input, 0, input.canvas.batch(), previous);
}

PreviousLogits SimplexLM::given_previous(const DenoiserInput& input) {
  return [&input](std::int64_t begin, std::int64_t end) {
    return input.previous.defined() ? input.previous.narrow(0, begin, end - begin) : at::Tensor();
  };
}

PreviousLogits SimplexLM::prediction_of(const DenoiserInput& input) {
  at::NoGradGuard no_grad;
  const at::Tensor hidden =
      predicting_states(input, 0, input.canvas.batch(), given_previous(input));
  const auto head = std::make_shared<HeadProduct>(head_weight(weights_), hidden.scalar_type());
  return [hidden, head, &canvas = input.canvas](std::int64_t begin, std::int64_t end) {
    at::NoGradGuard inner_no_grad;
    at::Tensor logits = head->logits(hidden.narrow(0, begin, end - begin));
    return logits.masked_fill_(at_start(canvas, begin, end).unsqueeze(1), 0.0);
  };
}

at::Tensor SimplexLM::hidden_of(const DenoiserInput& input, std::int64_t first, std::int64_t last,
                                const PreviousLogits& previous) {
  return run_backbone(config_, weights_.backbone, embed(input, first, last, previous), pattern(),
                      nullptr, compute_);
}

AttentionPattern SimplexLM::pattern() const {
  if (look_ahead_) {
    AttentionPattern limited = causal_pattern(config_);
    limited.look_ahead = *look_ahead_;
    return limited;
  }
  return config_.is_causal ? causal_pattern(config_) : bidirectional_pattern(config_);
}

at::Tensor SimplexLM::predicting_states(const DenoiserInput& input, std::int64_t first,
                                        std::int64_t last, const PreviousLogits& previous) {
  const Rows rows = rows_of(input.canvas, first, last);
  const at::Tensor hidden = hidden_of(input, first, last, previous).flatten(0, 1);  // [B L, H]
  if (!config_.label_shift) return hidden.index_select(0, rows.places);
  // The shift: the state before a position predicts it.
  return hidden.index_select(0, (rows.places - 1).clamp_min(0));
}

at::Tensor SimplexLM::predict_of(const DenoiserInput& input, std::int64_t first,
                                 std::int64_t last) {
  const Rows rows = rows_of(input.canvas, first, last);
  const at::Tensor before = predicting_states(input, first, last, given_previous(input));
  const bool is_half = before.is_cpu() && before.scalar_type() == at::kBFloat16;
  const at::Tensor logits =  // [n,V]
      is_half && !at::GradMode::is_enabled()
          ? HeadProduct(head_weight(weights_), at::kBFloat16).logits(before)
          : linear_map(before, head_weight(weights_)).to(at::kFloat);
  return logits.masked_fill(at_start(input.canvas, rows.begin, rows.end).unsqueeze(1), 0.0);
}

at::Tensor SimplexLM::noisy_rows(const DenoiserInput& input, std::int64_t begin, std::int64_t end,
                                 const PreviousLogits& previous) {
  at::NoGradGuard no_grad;
  const Stopwatch stopwatch(vocabulary_seconds_);
  return mix_rows(input.simplex, self_conditioning_, previous, weights_.backbone.embed, begin, end,
                  compute_.type);
}

at::Tensor SimplexLM::embed(const DenoiserInput& input, std::int64_t first, std::int64_t last,
                            const PreviousLogits& previous) {
  const Canvas& canvas = input.canvas;
  const at::Tensor ids = canvas.ids().narrow(0, first, last - first);
  const at::Tensor clean = embed_tokens(weights_.backbone, ids);  // [B,L,H]
  const Rows rows = rows_of(canvas, first, last);
  at::Tensor noisy = noisy_rows(input, rows.begin, rows.end, previous);  // [n,H]
  if (!config_.disable_timestep_embed) {
    noisy = noisy + row_times(input, rows) * weights_.timestep_embed.flatten().unsqueeze(0);
  }
  const at::Tensor written = clean.flatten(0, 1).index_copy(0, rows.places, noisy);
  const at::Tensor in_span = canvas.span_mask().narrow(0, first, last - first).unsqueeze(2);
  return at::where(in_span, written.view_as(clean), clean);
}

}  // namespace tess2::model
