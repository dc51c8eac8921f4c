#include "diffusion/sampling.h"

#include <string>

#include "core/error.h"
#include "core/random.h"
#include "diffusion/objective.h"
#include "diffusion/projection.h"
#include "diffusion/time_warp.h"

namespace tess2::diffusion {
namespace {

std::vector<Level> same_level(const Canvas& canvas, Level level) {
  return std::vector<Level>(static_cast<std::size_t>(canvas.batch()), level);
}

/// The levels of the steps: T = steps of them as the reference has it, or, of those of training,
/// the quantiles of what was drawn there, from the first to the last.
Schedule step_schedule(const SamplerSettings& settings, std::span<const double> level_shares) {
  if (settings.spacing == StepSpacing::kUniform || level_shares.empty()) {
    return {settings.schedule, settings.steps};
  }
  const Schedule whole(settings.schedule, ObjectiveSettings{}.timesteps);
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < settings.steps; ++i) {
    const double u = settings.steps == 1
                         ? 1.0
                         : static_cast<double>(i) / static_cast<double>(settings.steps - 1);
    chosen.push_back(
        static_cast<std::int64_t>(quantile(level_shares, u) * static_cast<double>(whole.steps())));
  }
  return {whole, chosen};
}

/// s_T = k eps: no token has any weight yet.
NoisySimplex pure_noise(const Canvas& canvas, const NoiseSource& noise, std::int64_t draw) {
  return NoisySimplex::regenerated(canvas, at::zeros({canvas.row_count()}, at::kLong),
                                   same_level(canvas, kPureNoise), noise, draw);
}

/// [B,L] bool: where the canvas has rows.
at::Tensor row_mask_of(const Canvas& canvas) {
  const at::Tensor mask = at::zeros({canvas.ids().numel()}, at::kBool);
  return mask.index_fill(0, canvas.row_places(), 1).view_as(canvas.ids());
}

}  // namespace

Sampling::Sampling(Denoiser& denoiser, const SamplerSettings& settings, RewardGuidance* guidance,
                   Canvas canvas, std::span<const std::uint64_t> seeds, const NoiseSource* given)
    : denoiser_(denoiser),
      settings_(settings),
      guidance_(guidance),
      schedule_(step_schedule(settings, denoiser.level_shares())),
      canvas_(std::move(canvas)),
      seeds_(seeds.begin(), seeds.end()),
      own_noise_(given ? nullptr : std::make_unique<CounterNoise>(seeds_)),
      noise_(given ? *given : *own_noise_),
      simplex_(pure_noise(canvas_, noise_, 0)) {
  if (static_cast<std::int64_t>(seeds_.size()) != canvas_.batch()) {
    throw Error("sampler: expected one seed a sequence");
  }
  if (settings_.prompt_cache == 1) return;
  if (!denoiser_.keeps_context()) {
    throw Error("prompt_cache: expected 1 for a model that keeps no context, found " +
                std::to_string(settings_.prompt_cache));
  }
  contexts_.resize(seeds_.size());
}

StepEvent Sampling::step() {
  at::NoGradGuard no_grad;
  const float time = schedule_.time(steps_planned() - 1 - step_);
  const std::vector<float> times(seeds_.size(), time);
  previous_logits_ = logits_;
  previous_tokens_ = tokens_;
  for (ContextCache& context : contexts_) context.reuse = step_ % settings_.prompt_cache != 0;
  logits_ = denoiser_.predict({canvas_, simplex_, times, previous_logits_, contexts_});
  if (guidance_) logits_ = guidance_->apply(canvas_, logits_, seeds_, step_);
  tokens_ = argmax_tokens(logits_);
  simplex_ = next_simplex();
  const std::int64_t taken = step_++;
  return {taken,   steps_planned(),  canvas_,          logits_,
          tokens_, previous_logits_, previous_tokens_, simplex_};
}

void Sampling::commit(const at::Tensor& chosen) {
  const at::Tensor gone = canvas_.row_places().masked_select(chosen);
  const at::Tensor ids = canvas_.ids().flatten().index_copy(0, gone, tokens_.masked_select(chosen));
  const auto without = [&](const at::Tensor& mask) {
    return mask.flatten().index_fill(0, gone, 0).view_as(canvas_.ids());
  };
  go_on_with(at::nonzero(chosen.logical_not()).flatten(),
             Canvas(ids.view_as(canvas_.ids()), without(canvas_.span_mask()),
                    without(row_mask_of(canvas_))));
}

void Sampling::shorten(std::int64_t length) {
  const at::Tensor positions = canvas_.row_places().remainder(canvas_.length());
  const auto beginning = [&](const at::Tensor& whole) { return whole.narrow(1, 0, length); };
  go_on_with(at::nonzero(positions < length).flatten(),
             Canvas(beginning(canvas_.ids()), beginning(canvas_.span_mask()),
                    beginning(row_mask_of(canvas_))));
}

void Sampling::restart(std::int64_t steps) {
  settings_.steps = steps;
  schedule_ = step_schedule(settings_, denoiser_.level_shares());
  begun_at_ = step_;
  simplex_ = pure_noise(canvas_, noise_, step_);
  logits_ = at::Tensor();
  tokens_ = at::Tensor();
}

// The rows `kept` [M] int64 are those of the new canvas.
void Sampling::go_on_with(const at::Tensor& kept, Canvas canvas) {
  canvas_ = std::move(canvas);
  simplex_ = simplex_.selected(canvas_, kept);
  logits_ = logits_.index_select(0, kept);
  tokens_ = tokens_.index_select(0, kept);
}

at::Tensor Sampling::project_rows() const {
  return project(logits_, settings_.projection, [&](std::int64_t n) {
    const auto sequence = static_cast<std::size_t>(canvas_.row_sequence(n));
    return uniform_at(seeds_[sequence], Stream::kProjection, static_cast<std::uint32_t>(step_),
                      static_cast<std::uint32_t>(canvas_.row_position(n)));
  });
}

NoisySimplex Sampling::next_simplex() const {
  const std::int64_t t = steps_planned() - 1 - step_;
  const Level next = t > 0 ? schedule_.level(t - 1) : kClean;
  if (settings_.kind == SamplerKind::kDdim) return implied_noise_step(schedule_.level(t), next);
  NoisySimplex simplex = NoisySimplex::regenerated(canvas_, project_rows(),
                                                   same_level(canvas_, next), noise_, step_ + 1);
  if (!settings_.dense) return simplex;
  return NoisySimplex::dense(simplex.to_dense(denoiser_.vocab_size()));
}

NoisySimplex Sampling::implied_noise_step(Level now, Level next) const {
  const double k = kSimplexValue;
  const at::Tensor clean = at::softmax(logits_.to(at::kFloat), -1).mul_(2.0 * k).sub_(k);
  if (next.noise == 0.0f) return NoisySimplex::dense(clean);
  const at::Tensor noisy = simplex_.to_dense(denoiser_.vocab_size());
  const at::Tensor implied = (noisy - clean * now.signal) / now.noise;
  return NoisySimplex::dense(clean * next.signal + implied * next.noise);
}

}  // namespace tess2::diffusion
