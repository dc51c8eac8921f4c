// What a user may choose about an answer.
#pragma once

#include <cstdint>

#include "diffusion/settings.h"

namespace tess2 {
class SettingsBinder;
}

namespace tess2::generate {

struct GenerateSettings {
  /// Positions of the canvas, the prompt included.
  std::int64_t length = 256;
  diffusion::SamplerSettings sampler;
  diffusion::GuidanceSettings guidance;
  std::uint64_t seed = 0;

  /// Everything but the seed, which has an option of its own.
  void bind(SettingsBinder& binder);
};

}  // namespace tess2::generate
