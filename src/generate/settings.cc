#include "generate/settings.h"

#include "core/error.h"
#include "core/settings.h"
#include "core/terminal.h"

namespace tess2::generate {
namespace {

struct GuidanceFields {
  diffusion::GuidanceSettings& settings;

  void bind(SettingsBinder& binder) {
    binder.field("scale", settings.scale, "guidance scale (0: no guidance)").at_least(0);
    binder.field("inner_steps", settings.inner_steps, "gradient steps in each denoising step")
        .at_least(1);
    binder.field("temperature", settings.temperature, "softens what the reward model reads")
        .above(0);
    binder.field("input", settings.input, "how logits become what the reward model reads",
                 diffusion::guidance_input_names());
  }
};

struct ConvergenceFields {
  diffusion::ConvergenceSettings& settings;

  void bind(SettingsBinder& binder) {
    binder
        .field("schedule_steps", settings.schedule_steps,
               "steps of the schedule that is left early, where `steps` allows as many")
        .at_least(1);
    binder.field("stable_steps", settings.stable_steps, "steps in a row without another token")
        .at_least(1);
    binder
        .field("divergence", settings.divergence,
               "mean divergence of a prediction from the one before, in nats, at most")
        .at_least(0);
  }
};

}  // namespace

void SessionSettings::bind(SettingsBinder& binder) {
  binder.field("steps", sampler.steps, "denoising steps; with until_converged, at most")
      .at_least(1);
  binder.field("until_converged", until_converged,
               "as few steps as the answer needs, until nothing changes any more");
  binder.field("sampler", sampler.kind, "ddpm re-noises drawn tokens, ddim keeps the noise",
               diffusion::sampler_names());
  binder.field("schedule", sampler.schedule, "noise schedule", diffusion::schedule_names());
  binder.field("spacing", sampler.spacing,
               "learned: steps where the model's loss rises, if it was trained with time warping; "
               "else uniform in t",
               diffusion::spacing_names());
  binder.field("top_p", sampler.projection.top_p, "nucleus of the projection (0: the best token)")
      .at_least(0)
      .at_most(1);
  binder.field("temperature", sampler.projection.temperature, "divides the logits").above(0);
  GuidanceFields fields{guidance};
  binder.group("guidance", fields, "steering by a reward model");
  ConvergenceFields convergence_fields{convergence};
  binder.group("converge", convergence_fields, "with until_converged: when a run has converged");
  binder
      .field("prompt_cache", sampler.prompt_cache,
             "steps for which the prompt's keys and values serve (1: exact); for a packed model")
      .at_least(1);
  binder
      .field("block_length", block_length,
             "write the answer in blocks of so many tokens, from its beginning (0: all at once)")
      .at_least(0);
  binder.field("shrink", shrink, "drop the places behind the end of an answer once it has settled");
  binder.group("commit", commitment, "fixing tokens of an answer before its last step");
}

void GenerateSettings::bind(SettingsBinder& binder) {
  binder
      .field("length", length,
             "positions of the canvas, prompt included (0: as the model was trained, else 256)")
      .at_least(0);
  session.bind(binder);
}

void set_steps(SettingsTable& settings, std::string_view steps, std::string_view option) {
  const bool until_converged = steps == "auto";
  const bool is_number = steps.find_first_not_of("0123456789") == std::string_view::npos;
  if (!until_converged && !is_number) {
    throw UsageError(std::string(option) + ": expected integer >= 1 or auto, found " +
                     printable(steps, 60));
  }
  if (!until_converged) settings.set("steps", steps, option);
  settings.set("until_converged", until_converged ? "true" : "false", option);
}

std::int64_t canvas_length_for(std::int64_t asked, std::int64_t trained) {
  constexpr std::int64_t kUsual = 256;
  if (asked > 0) return asked;
  return trained > 0 ? trained : kUsual;
}

}  // namespace tess2::generate
