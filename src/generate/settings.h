// What a user may choose about an answer.
#pragma once

#include <cstdint>

#include "diffusion/settings.h"

namespace tess2 {
class SettingsBinder;
}

namespace tess2::generate {

struct GenerateSettings {
  /// Positions of the canvas, the prompt included; 0: what `canvas_length_for` says of the model.
  std::int64_t length = 0;
  diffusion::SamplerSettings sampler;
  diffusion::GuidanceSettings guidance;
  std::uint64_t seed = 0;

  /// Everything but the seed, which has an option of its own.
  void bind(SettingsBinder& binder);
};

/// Positions of a canvas for a model that was trained on canvases of `trained` positions (0 where
/// that is not known), when `asked` (0: nothing) are asked for.
std::int64_t canvas_length_for(std::int64_t asked, std::int64_t trained);

}  // namespace tess2::generate
