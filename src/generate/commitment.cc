#include "generate/commitment.h"

#include "core/settings.h"

namespace tess2::generate {

void CommitmentSettings::bind(SettingsBinder& binder) {
  binder.field("enabled", enabled, "fix the beginning of an answer while the rest is denoised");
  binder.field("stable_steps", stable_steps, "steps a token must stay the same before it is fixed")
      .at_least(1);
  binder.field("probability", probability, "probability that a token needs to be fixed")
      .at_least(0)
      .at_most(1);
}

}  // namespace tess2::generate
