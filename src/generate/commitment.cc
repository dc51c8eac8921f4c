#include "generate/commitment.h"

#include <array>

#include "core/settings.h"

namespace tess2::generate {

std::span<const std::pair<std::string_view, CommitmentPlace>> commitment_place_names() {
  static constexpr std::array<std::pair<std::string_view, CommitmentPlace>, 2> kNames{{
      {"beginning", CommitmentPlace::kBeginning},
      {"anywhere", CommitmentPlace::kAnywhere},
  }};
  return kNames;
}

void CommitmentSettings::bind(SettingsBinder& binder) {
  binder.field("enabled", enabled, "fix tokens that have settled while the rest is denoised");
  binder.field("place", place,
               "where: from the beginning on, as an answer is sent, or anywhere it has settled",
               commitment_place_names());
  binder.field("stable_steps", stable_steps, "steps a token must stay the same before it is fixed")
      .at_least(1);
  binder.field("probability", probability, "probability that a token needs to be fixed")
      .at_least(0)
      .at_most(1);
}

}  // namespace tess2::generate
