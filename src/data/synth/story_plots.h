// What stories are about: plots as tables of beats, each an event in the world and ways to tell it.
//
// Blanks: {hero} {friend} their names, {kind} "boy" or "girl", {he} {him} {his} of the hero;
// {thing} and {other} two nouns, {fine} and {fine other} the same with an adjective; {home} {away}
// {far} three places, "at" before them for the preposition too.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace tess2::data::synth {

/// A change of the world. The roles are those of the blanks.
enum class Event {
  kNone,           ///< only words
  kHeroGoesAway,   ///< to the place {away}
  kHeroGoesHome,   ///< to the place {home}
  kHeroTakes,      ///< takes the thing that lies there
  kHeroDrops,      ///< leaves the thing there
  kHeroGives,      ///< gives the thing to the friend
  kFriendGives,    ///< gives the thing to the hero
  kTheySwap,       ///< the friend's thing for the hero's other thing
  kFriendGoesFar,  ///< to the place {far}
  kFriendMends,    ///< mends the hero's thing and gives it back
  kThingBreaks,
  kThingRunsAway,  ///< a pet, to the place {away}
  kThingIsGone,    ///< for good
};

using Phrases = std::vector<std::string_view>;

struct Beat {
  Event event;
  Phrases phrases;
};

/// What must hold at the end for the story to end well.
enum class Wish { kHeroHasThing, kFriendHasThing, kThingIsWhole, kTogether };

/// Who has the thing when the story begins.
enum class FirstOwner { kNobody, kHero, kFriend };

struct Plot {
  Wish wish;
  FirstOwner owner;
  bool about_pet = false;
  std::vector<Beat> beginning;
  std::vector<Beat> good_luck;  ///< makes the wish come true
  std::vector<Beat> bad_luck;   ///< leaves it a wish
};

/// All plots.
std::span<const Plot> plots();

/// Sentences for any plot: who the hero is, what it was like there, and how it ends.
const Phrases& introductions();
const Phrases& moods();
const Phrases& endings(bool happy);

}  // namespace tess2::data::synth
