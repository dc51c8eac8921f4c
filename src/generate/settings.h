// What a user may choose about an answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "diffusion/convergence.h"
#include "diffusion/settings.h"
#include "generate/commitment.h"

namespace tess2 {
class SettingsBinder;
class SettingsTable;
}  // namespace tess2

namespace tess2::generate {

/// How one canvas is denoised. What is off unless asked for gives the exact run.
struct SessionSettings {
  std::uint64_t seed = 0;
  diffusion::SamplerSettings sampler;
  diffusion::GuidanceSettings guidance;
  /// Stop as soon as the prediction has converged; `sampler.steps` is then the most.
  bool until_converged = false;
  diffusion::ConvergenceSettings convergence;
  /// Write the answer in blocks of so many places, one after another from its beginning, as
  /// semi-autoregressive diffusion does (SSD-LM, arXiv 2210.17432): each takes its share of the
  /// steps, from pure noise on, with the blocks before it as context (`Blocks`). 0: all at once.
  std::int64_t block_length = 0;
  /// Take the places behind the end of the answer off the canvas once the end has settled.
  bool shrink = false;
  CommitmentSettings commitment;

  /// Whether the run takes a short cut: ends or changes its canvas before the last step, or reuses
  /// what it computed.
  bool adapts() const {
    return until_converged || block_length > 0 || shrink || commitment.enabled ||
           sampler.prompt_cache > 1;
  }

  /// Everything but the seed, which has an option of its own.
  void bind(SettingsBinder& binder);
};

struct GenerateSettings {
  /// Positions of the canvas, the prompt included; 0: what `canvas_length_for` says of the model.
  std::int64_t length = 0;
  SessionSettings session;

  void bind(SettingsBinder& binder);
};

/// What `--steps N|auto` stands for in the settings of a session: N steps, or until nothing changes
/// any more. `option` names it in messages. Throws UsageError for anything else.
void set_steps(SettingsTable& settings, std::string_view steps, std::string_view option);

/// Positions of a canvas for a model that was trained on canvases of `trained` positions (0 where
/// that is not known), when `asked` (0: nothing) are asked for.
std::int64_t canvas_length_for(std::int64_t asked, std::int64_t trained);

}  // namespace tess2::generate
