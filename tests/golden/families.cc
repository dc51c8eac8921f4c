#include "golden/families.h"

#include <charconv>

#include "core/error.h"
#include "diffusion/logit_rows.h"
#include "diffusion/objective.h"
#include "diffusion/whole_run.h"
#include "golden/sensitivity.h"
#include "model/causal_lm.h"
#include "model/reward_model.h"
#include "model/simplex_lm.h"

namespace tess2::golden {
namespace {

using diffusion::Canvas;
using diffusion::GivenNoise;
using diffusion::kSimplexValue;

double number_in(const std::string& text) {
  double value = 0.0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc()) throw Error("golden key: expected a number, found " + text);
  return value;
}

/// The part of `key` between `before` and the next `after`.
std::string between(const std::string& key, const std::string& before, const std::string& after) {
  const auto begin = key.find(before) + before.size();
  return key.substr(begin, key.find(after, begin) - begin);
}

/// The diffusion inputs that the forward and training families share.
struct Inputs {
  explicit Inputs(Expected& expected)
      : ids(expected.input("forward.input_ids")),
        span_mask(expected.input("forward.span_mask")),
        noise((expected.input("forward.noise") / kSimplexValue).unsqueeze(0)) {
    const at::Tensor t = expected.input("forward.timesteps");
    for (std::int64_t b = 0; b < t.size(0); ++b) timesteps.push_back(t[b][0].item<std::int64_t>());
  }

  /// Predictions at every position, given tokens included.
  Canvas everywhere() const { return Canvas(ids, span_mask, at::ones_like(span_mask)); }

  at::Tensor ids, span_mask;
  GivenNoise noise;
  std::vector<std::int64_t> timesteps;
};

diffusion::ScheduleKind schedule_named(const std::string& name) {
  for (const auto& [known, kind] : diffusion::schedule_names()) {
    if (known == name) return kind;
  }
  throw Error("golden key: unknown schedule " + name);
}

/// Named parameters with gradients on.
std::vector<std::pair<std::string, at::Tensor>> parameters(model::Checkpoint& checkpoint) {
  std::vector<std::pair<std::string, at::Tensor>> found;
  model::for_each_parameter(checkpoint.weights, checkpoint.config,
                            [&](const std::string& name, at::Tensor& weight) {
                              weight = weight.detach().clone().requires_grad_(true);
                              found.emplace_back(name, weight);
                            });
  return found;
}

}  // namespace

Goldens::Goldens(const std::filesystem::path& folder, bool strict)
    : strict_(strict),
      expected_(folder / "expected.safetensors"),
      diffusion_(model::load_checkpoint(folder / "diffusion", model::ModelKind::kDiffusion)),
      reward_(model::load_checkpoint(folder / "reward", model::ModelKind::kReward)) {}

Report Goldens::compare() {
  compare_schedules();
  compare_forward();
  compare_training("train.plain.", false);
  compare_training("train.self_conditioned.", true);
  compare_sampling("sample.ddpm", "sample.ddpm.");
  compare_sampling("sample.ddim", "sample.ddim.");
  for (const std::string& key : expected_.with_prefix("guided.")) {
    if (key.ends_with(".unit_noise")) compare_guided(key.substr(0, key.rfind('.') + 1));
  }
  compare_reward();
  compare_causal();
  compare_nucleus();
  for (const std::string& key : expected_.unused()) {
    report_.equal("unknown", key, at::zeros({1}), at::ones({1}));
  }
  return report_;
}

void Goldens::compare_schedules() {
  for (const std::string& key : expected_.with_prefix("schedule.")) {
    const std::string name = between(key, "schedule.", ".");
    const auto steps = static_cast<std::int64_t>(number_in(between(key, name + ".", ".")));
    const diffusion::Schedule schedule(schedule_named(name), steps);
    const auto values = schedule.alpha_bars();
    const at::Tensor found = at::tensor(at::ArrayRef<double>(values.data(), values.size()));
    report_.close("schedule", key, found, expected_.take(key));
  }
}

void Goldens::compare_forward() {
  at::NoGradGuard no_grad;
  const Inputs inputs(expected_);
  const Canvas canvas = inputs.everywhere();
  const Canvas span(inputs.ids, inputs.span_mask);
  const diffusion::Objective objective({});
  model::SimplexLM lm(diffusion_.config, diffusion_.weights);

  std::vector<diffusion::Level> levels;
  std::vector<float> times;
  for (const std::int64_t t : inputs.timesteps) {
    levels.push_back(objective.schedule().level(t));
    times.push_back(objective.schedule().time(t));
  }
  const auto simplex =
      diffusion::NoisySimplex::regenerated(canvas, canvas.row_tokens(), levels, inputs.noise, 0);
  const at::Tensor want_simplex = expected_.take("forward.noisy_simplex");
  const auto as_batch = [&](const at::Tensor& rows) {
    return rows.view({canvas.batch(), canvas.length(), -1});
  };
  report_.close("forward", "forward.noisy_simplex", as_batch(simplex.to_dense(lm.vocab_size())),
                want_simplex);

  const diffusion::DenoiserInput plain{canvas, simplex, times, {}};
  report_.close("forward", "forward.no_previous.hidden", lm.hidden_states(plain),
                expected_.take("forward.no_previous.hidden"));
  report_.close("forward", "forward.no_previous.logits", as_batch(lm.predict(plain)),
                expected_.take("forward.no_previous.logits"));
  const diffusion::Loss loss =
      objective.loss_given_previous(lm, span, inputs.timesteps, inputs.noise, 0, {});
  report_.close("forward", "forward.no_previous.loss", loss.mean.view({1}),
                expected_.take("forward.no_previous.loss"));

  const at::Tensor previous = expected_.input("forward.previous_logits").flatten(0, 1);
  report_.close("forward", "forward.with_previous.logits",
                as_batch(lm.predict({canvas, simplex, times, previous})),
                expected_.take("forward.with_previous.logits"));
  const diffusion::Loss with_previous = objective.loss_given_previous(
      lm, span, inputs.timesteps, inputs.noise, 0, previous.index_select(0, span.row_places()));
  report_.close("forward", "forward.with_previous.loss_per_sequence", with_previous.per_sequence,
                expected_.take("forward.with_previous.loss_per_sequence"));
}

void Goldens::compare_training(const std::string& prefix, bool self_conditioned) {
  const Inputs inputs(expected_);
  model::Checkpoint trained = diffusion_;
  const auto named = parameters(trained);
  model::SimplexLM lm(trained.config, trained.weights);
  const diffusion::Objective objective({});
  const diffusion::Loss loss =
      objective.loss(lm, Canvas(inputs.ids, inputs.span_mask), {inputs.timesteps, self_conditioned},
                     inputs.noise, 0);
  report_.close("train", prefix + "loss", loss.mean.detach().view({1}),
                expected_.take(prefix + "loss"));
  std::vector<at::Tensor> weights;
  for (const auto& [name, weight] : named) weights.push_back(weight);
  const auto gradients = torch::autograd::grad({loss.mean}, weights);
  for (std::size_t i = 0; i < named.size(); ++i) {
    const std::string key = prefix + "grad." + named[i].first;
    report_.close("train", key, gradients[i], expected_.take(key));
  }
}

namespace {

/// A run of the sampler with given noise, every position looked at, and what it must equal.
struct SampleRun {
  SampleRun(Expected& expected, const std::string& prefix)
      : canvas(Inputs(expected).everywhere()),
        noise(expected.input(prefix + "unit_noise")),
        want_tokens(expected.take(prefix + "tokens_per_step")) {
    settings.steps = want_tokens.size(0);
    settings.projection.top_p = 0.0;
  }

  RunOutcome run(diffusion::Denoiser& denoiser, diffusion::RewardGuidance* guidance) {
    const std::vector<std::uint64_t> seeds(static_cast<std::size_t>(canvas.batch()), 0);
    std::vector<at::Tensor> steps;
    RunOutcome outcome;
    at::Tensor next_simplex;
    diffusion::Sampling sampling(denoiser, settings, guidance, canvas, seeds, &noise);
    diffusion::testing::finish(sampling, [&](const diffusion::StepEvent& event) {
      if (steps.empty()) outcome.first = as_batch(event.logits);
      outcome.last = as_batch(event.logits);
      simplex_last = next_simplex;  // what this step's prediction started from
      next_simplex = as_batch(event.simplex.to_dense(denoiser.vocab_size()));
      steps.push_back(event.tokens.view({canvas.batch(), canvas.length()}));
    });
    outcome.tokens = at::stack(steps);
    return outcome;
  }

  at::Tensor as_batch(const at::Tensor& rows) const {
    return rows.view({canvas.batch(), canvas.length(), -1}).clone();
  }

  Canvas canvas;
  GivenNoise noise;
  at::Tensor want_tokens;
  diffusion::SamplerSettings settings;
  at::Tensor simplex_last;  ///< of the latest run
};

}  // namespace

RunSensitivity Goldens::sensitivity(
    const RunOutcome& outcome, diffusion::Denoiser& denoiser,
    const std::function<RunOutcome(diffusion::Denoiser&)>& run) const {
  return strict_ ? RunSensitivity{} : measure_sensitivity(outcome, denoiser, run);
}

void Goldens::compare_sampling(const std::string& family, const std::string& prefix) {
  model::SimplexLM lm(diffusion_.config, diffusion_.weights);
  SampleRun run(expected_, prefix);
  run.settings.kind =
      family == "sample.ddim" ? diffusion::SamplerKind::kDdim : diffusion::SamplerKind::kDdpm;
  const RunOutcome outcome = run.run(lm, nullptr);
  const at::Tensor simplex_last = run.simplex_last;
  const auto determined = sensitivity(
      outcome, lm, [&](diffusion::Denoiser& denoiser) { return run.run(denoiser, nullptr); });
  report_.equal(family, prefix + "tokens_per_step", outcome.tokens, run.want_tokens,
                determined.tokens);
  report_.close(family, prefix + "logits_last", outcome.last,
                expected_.take(prefix + "logits_last"), determined.last);
  if (expected_.has(prefix + "logits_first")) {
    report_.close(family, prefix + "logits_first", outcome.first,
                  expected_.take(prefix + "logits_first"), determined.first);
  }
  if (expected_.has(prefix + "simplex_last")) {
    // Position 0 is left out: its logits are all zero (the shift), so what a nucleus of one token
    // keeps there is a tie that nothing decides.
    const auto from_one = [](const at::Tensor& x) { return x.narrow(1, 1, x.size(1) - 1); };
    report_.close(family, prefix + "simplex_last", from_one(simplex_last),
                  from_one(expected_.take(prefix + "simplex_last")), determined.last);
  }
}

void Goldens::compare_guided(const std::string& prefix) {
  model::SimplexLM lm(diffusion_.config, diffusion_.weights);
  model::RewardModel reward(reward_.config, reward_.weights);
  diffusion::GuidanceSettings settings;
  settings.scale = number_in(between(prefix, "scale", ".steps"));
  settings.inner_steps = static_cast<std::int64_t>(number_in(between(prefix, ".steps", ".")));
  diffusion::RewardGuidance guidance(reward, settings);
  SampleRun run(expected_, prefix);
  const RunOutcome outcome = run.run(lm, &guidance);
  const auto determined = sensitivity(
      outcome, lm, [&](diffusion::Denoiser& denoiser) { return run.run(denoiser, &guidance); });
  report_.equal("guided", prefix + "tokens_per_step", outcome.tokens, run.want_tokens,
                determined.tokens);
  report_.close("guided", prefix + "guided_logits_first", outcome.first,
                expected_.take(prefix + "guided_logits_first"), determined.first);
  report_.close("guided", prefix + "guided_logits_last", outcome.last,
                expected_.take(prefix + "guided_logits_last"), determined.last);
}

void Goldens::compare_reward() {
  at::NoGradGuard no_grad;
  const model::RewardModel reward(reward_.config, reward_.weights);
  const at::Tensor chosen = expected_.input("reward.chosen_ids");
  const at::Tensor rejected = expected_.input("reward.rejected_ids");
  report_.close("reward", "reward.chosen", reward.score(chosen).unsqueeze(1),
                expected_.take("reward.chosen"));
  report_.close("reward", "reward.rejected", reward.score(rejected).unsqueeze(1),
                expected_.take("reward.rejected"));
  report_.close("reward", "reward.loss", reward.pair_loss(chosen, rejected).view({1}),
                expected_.take("reward.loss"));
}

void Goldens::compare_causal() {
  at::NoGradGuard no_grad;
  const model::CausalLM lm(diffusion_.config, diffusion_.weights);
  const at::Tensor ids = expected_.input("forward.input_ids");
  report_.close("ar", "ar.logits", lm.logits(ids), expected_.take("ar.logits"));
  report_.close("ar", "ar.loss", lm.loss(ids).view({1}), expected_.take("ar.loss"));

  const at::Tensor want = expected_.take("ar.greedy_ids");
  model::CausalGenerateSettings settings;
  settings.max_new_tokens = 12;
  settings.projection.top_p = 0.0;
  std::vector<at::Tensor> rows;
  for (std::int64_t b = 0; b < want.size(0); ++b) {
    const at::Tensor prompt = ids[b].narrow(0, 0, want.size(1) - 12).contiguous();
    const auto* first = prompt.data_ptr<std::int64_t>();
    rows.push_back(at::tensor(lm.generate({first, first + prompt.numel()}, settings), at::kLong));
  }
  report_.equal("ar", "ar.greedy_ids", at::stack(rows), want);
}

void Goldens::compare_nucleus() {
  const at::Tensor logits = expected_.input("top_p.logits");
  const diffusion::LogitRows rows(logits);
  for (const std::string& key : expected_.with_prefix("top_p.")) {
    if (!key.ends_with(".kept")) continue;
    const double top_p = number_in(key.substr(6, key.size() - 6 - 5));
    at::Tensor found = at::zeros_like(logits, at::kBool);
    for (std::int64_t n = 0; n < logits.size(0); ++n) {
      const auto kept = diffusion::nucleus(rows[n], {top_p, 1.0});
      for (std::int64_t v = 0; v < logits.size(1); ++v) {
        found[n][v] = kept[static_cast<std::size_t>(v)] != 0;
      }
    }
    report_.equal("top_p", key, found, expected_.take(key));
  }
}

}  // namespace tess2::golden
