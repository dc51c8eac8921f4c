// Short stories told of the small world: a wish, what happens, and an end that the state decides.
#pragma once

#include <string>
#include <vector>

#include "core/random.h"

namespace tess2::data::synth {

struct Story {
  std::string text;   ///< 4 to 9 short sentences on one line
  bool happy;         ///< whether the wish came true in the world, which the last sentences tell
  std::string hero;   ///< the name of the main person
  std::string thing;  ///< noun of the thing or pet that the story is about; empty where none is
  std::string place;  ///< noun of the place that the story leads to
};

struct StoryStyle {
  enum class Outcome { kByChance, kHappy, kSad };
  Outcome outcome = Outcome::kByChance;  ///< by chance: half each
  bool brief = false;                    ///< only what the plot needs
};

/// Tells the next story that `rng` gives. Two stories from equal generators that differ in
/// `outcome` alone have the same people, things and beginning, up to where luck decides.
Story tell_story(Rng& rng, const StoryStyle& style = {});

}  // namespace tess2::data::synth
