#include "generate/settings.h"

#include "core/settings.h"
#include "generate/session.h"

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

void bind_sampling(SettingsBinder& binder, diffusion::SamplerSettings& sampler,
                   diffusion::GuidanceSettings& guidance) {
  binder.field("steps", sampler.steps, "denoising steps").at_least(1);
  binder.field("sampler", sampler.kind, "ddpm re-noises drawn tokens, ddim keeps the noise",
               diffusion::sampler_names());
  binder.field("schedule", sampler.schedule, "noise schedule", diffusion::schedule_names());
  binder.field("top_p", sampler.projection.top_p, "nucleus of the projection (0: the best token)")
      .at_least(0)
      .at_most(1);
  binder.field("temperature", sampler.projection.temperature, "divides the logits").above(0);
  GuidanceFields fields{guidance};
  binder.group("guidance", fields, "steering by a reward model");
}

}  // namespace

void GenerateSettings::bind(SettingsBinder& binder) {
  binder
      .field("length", length,
             "positions of the canvas, prompt included (0: as the model was trained, else 256)")
      .at_least(0);
  bind_sampling(binder, sampler, guidance);
}

void SessionSettings::bind(SettingsBinder& binder) {
  bind_sampling(binder, sampler, guidance);
  binder.field("until_converged", until_converged,
               "stop before the last step once nothing changes any more");
  binder.group("commit", commitment, "fixing the beginning of an answer");
}

std::int64_t canvas_length_for(std::int64_t asked, std::int64_t trained) {
  constexpr std::int64_t kUsual = 256;
  if (asked > 0) return asked;
  return trained > 0 ? trained : kUsual;
}

}  // namespace tess2::generate
