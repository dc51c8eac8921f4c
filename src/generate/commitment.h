// When tokens of an answer are fixed, so that its beginning can be sent before its end is written,
// or its settled parts need no more work.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace tess2 {
class SettingsBinder;
}

namespace tess2::generate {

/// Which slots may be committed.
enum class CommitmentPlace {
  kBeginning,  ///< one after another, from the first on: what is committed can be sent
  kAnywhere,   ///< each for itself: it is frozen. End and padding as under kBeginning
};

/// "beginning" and "anywhere".
std::span<const std::pair<std::string_view, CommitmentPlace>> commitment_place_names();

/// A slot has settled once its token has stayed the same for `stable_steps` steps and has at least
/// `probability`. A settled slot is committed where `place` lets it: it leaves the span and becomes
/// context for the rest. The same measure tells when the end of an answer has settled
/// (`SessionSettings::shrink`).
struct CommitmentSettings {
  bool enabled = false;
  CommitmentPlace place = CommitmentPlace::kBeginning;
  std::int64_t stable_steps = 3;
  double probability = 0.9;

  void bind(SettingsBinder& binder);
};

}  // namespace tess2::generate
