#include "model/simplex_lm.h"

#include <vector>

#include "core/error.h"
#include "model/transformer.h"
#include "tensor/parallel.h"

namespace tess2::model {
namespace {

using diffusion::Canvas;
using diffusion::DenoiserInput;

/// The rows of sequences [first, last), of which some lie in the span.
struct Rows {
  std::int64_t begin, end;
  at::Tensor places;  ///< [end - begin] int64: (b - first) * L + l
};

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

SimplexLM::SimplexLM(Config config, Weights weights)
    : config_(std::move(config)),
      weights_(std::move(weights)),
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
  return hidden_of(input, 0, input.canvas.batch());
}

at::Tensor SimplexLM::hidden_of(const DenoiserInput& input, std::int64_t first, std::int64_t last) {
  return run_backbone(config_, weights_.backbone, embed(input, first, last), pattern());
}

AttentionPattern SimplexLM::pattern() const {
  if (look_ahead_) {
    AttentionPattern limited = causal_pattern(config_);
    limited.look_ahead = *look_ahead_;
    return limited;
  }
  return config_.is_causal ? causal_pattern(config_) : bidirectional_pattern(config_);
}

at::Tensor SimplexLM::predict_of(const DenoiserInput& input, std::int64_t first,
                                 std::int64_t last) {
  const Rows rows = rows_of(input.canvas, first, last);
  const at::Tensor hidden = hidden_of(input, first, last).flatten(0, 1);  // [B L, H]
  // The shift: the state before a position predicts it.
  const at::Tensor before = hidden.index_select(0, (rows.places - 1).clamp_min(0));
  const at::Tensor logits = linear_map(before, head_weight(weights_));  // [n,V]
  const at::Tensor at_start = rows.places.remainder(input.canvas.length()).eq(0);
  return logits.masked_fill(at_start.unsqueeze(1), 0.0);
}

at::Tensor SimplexLM::embed(const DenoiserInput& input, std::int64_t first, std::int64_t last) {
  const Canvas& canvas = input.canvas;
  const at::Tensor ids = canvas.ids().narrow(0, first, last - first);
  const at::Tensor clean = embed_tokens(weights_.backbone, ids);  // [B,L,H]
  const Rows rows = rows_of(canvas, first, last);
  at::Tensor noisy;  // [n,H]
  {
    at::NoGradGuard no_grad;
    noisy = diffusion::mix_embedding(input.simplex, self_conditioning_, input.previous,
                                     weights_.backbone.embed, rows.begin, rows.end);
  }
  if (!config_.disable_timestep_embed) {
    noisy = noisy + row_times(input, rows) * weights_.timestep_embed.flatten().unsqueeze(0);
  }
  const at::Tensor written = clean.flatten(0, 1).index_copy(0, rows.places, noisy);
  const at::Tensor in_span = canvas.span_mask().narrow(0, first, last - first).unsqueeze(2);
  return at::where(in_span, written.view_as(clean), clean);
}

}  // namespace tess2::model
