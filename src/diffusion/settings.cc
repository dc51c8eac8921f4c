#include "diffusion/settings.h"

#include <array>

namespace tess2::diffusion {

std::span<const std::pair<std::string_view, SamplerKind>> sampler_names() {
  static constexpr std::array<std::pair<std::string_view, SamplerKind>, 2> kNames{{
      {"ddpm", SamplerKind::kDdpm},
      {"ddim", SamplerKind::kDdim},
  }};
  return kNames;
}

std::span<const std::pair<std::string_view, StepSpacing>> spacing_names() {
  static constexpr std::array<std::pair<std::string_view, StepSpacing>, 2> kNames{{
      {"learned", StepSpacing::kLearned},
      {"uniform", StepSpacing::kUniform},
  }};
  return kNames;
}

std::span<const std::pair<std::string_view, GuidanceInput>> guidance_input_names() {
  static constexpr std::array<std::pair<std::string_view, GuidanceInput>, 3> kNames{{
      {"softmax", GuidanceInput::kSoftmax},
      {"gumbel", GuidanceInput::kGumbel},
      {"hard", GuidanceInput::kHard},
  }};
  return kNames;
}

}  // namespace tess2::diffusion
