// When the beginning of an answer is fixed, so that it can be sent before the end is written.
#pragma once

#include <cstdint>

namespace tess2 {
class SettingsBinder;
}

namespace tess2::generate {

/// A slot is committed once all slots before it are, its token has stayed the same for
/// `stable_steps` steps and has at least `probability`. Committed tokens leave the span and become
/// context for the rest.
struct CommitmentSettings {
  bool enabled = false;
  std::int64_t stable_steps = 3;
  double probability = 0.9;

  void bind(SettingsBinder& binder);
};

}  // namespace tess2::generate
