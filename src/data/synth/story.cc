#include "data/synth/story.h"

#include <array>
#include <string_view>

#include "data/synth/draws.h"
#include "data/synth/phrase.h"
#include "data/synth/story_plots.h"
#include "data/synth/words.h"
#include "data/synth/world.h"

namespace tess2::data::synth {
namespace {

constexpr std::size_t kHero = 0;
constexpr std::size_t kFriend = 1;
constexpr std::size_t kThing = 0;
constexpr std::size_t kOther = 1;
constexpr double kMoodChance = 0.5;
constexpr std::array<std::string_view, 5> kPetAdjectives{"small", "big", "old", "white", "black"};

class Teller {
 public:
  Teller(const Plot& plot, Rng& rng);

  void say(const Phrases& phrases);
  void tell(const std::vector<Beat>& beats);
  bool wish_came_true() const;
  Story finish() &&;

 private:
  void cast_people();
  void cast_things();
  void happen(Event event);
  void set_place(const std::string& blank, std::size_t place);

  const Plot& plot_;
  Rng& rng_;
  World world_;
  Blanks blanks_;
  std::size_t home_ = 0;
  std::size_t away_ = 0;
  std::size_t far_ = 0;
  std::string text_;
};

Teller::Teller(const Plot& plot, Rng& rng) : plot_(plot), rng_(rng) {
  const auto places = draw_different(3, kPlaces.size(), rng);
  home_ = places[0];
  away_ = places[1];
  far_ = places[2];
  set_place("home", home_);
  set_place("away", away_);
  set_place("far", far_);
  cast_people();
  cast_things();
}

void Teller::set_place(const std::string& blank, std::size_t place) {
  const Place& words = kPlaces[place];
  blanks_[blank] = words.noun;
  blanks_["at " + blank] = std::string(words.preposition) + " the " + std::string(words.noun);
}

void Teller::cast_people() {
  const auto people = draw_different(2, kNames.size(), rng_);
  const Name& hero = kNames[people[0]];
  world_.add_person(hero.text, home_);
  world_.add_person(kNames[people[1]].text, away_);
  blanks_["hero"] = hero.text;
  blanks_["friend"] = kNames[people[1]].text;
  blanks_["kind"] = hero.female ? "girl" : "boy";
  blanks_["he"] = hero.female ? "she" : "he";
  blanks_["him"] = hero.female ? "her" : "him";
  blanks_["his"] = hero.female ? "her" : "his";
}

void Teller::cast_things() {
  const auto things = draw_different(2, kThings.size(), rng_);
  const std::string_view pet = rng_.pick(kPets);
  const std::string_view thing = plot_.about_pet ? pet : kThings[things[0]];
  const std::string_view other = kThings[things[1]];
  const std::string_view pet_adjective = rng_.pick(kPetAdjectives);
  const auto adjectives = draw_different(2, kAdjectives.size(), rng_);
  const auto fine = plot_.about_pet ? pet_adjective : kAdjectives[adjectives[0]];
  blanks_["thing"] = thing;
  blanks_["other"] = other;
  blanks_["fine"] = std::string(fine) + " " + std::string(thing);
  blanks_["fine other"] = std::string(kAdjectives[adjectives[1]]) + " " + std::string(other);
  const bool of_friend = plot_.owner == FirstOwner::kFriend;
  world_.add_thing(thing, of_friend ? away_ : home_);
  world_.add_thing(other, home_);
  world_.take(kHero, kOther);
  if (plot_.owner != FirstOwner::kNobody) world_.take(of_friend ? kFriend : kHero, kThing);
}

void Teller::say(const Phrases& phrases) {
  if (!text_.empty()) text_ += ' ';
  text_ += fill(rng_.pick(phrases), blanks_);
}

void Teller::tell(const std::vector<Beat>& beats) {
  for (const Beat& beat : beats) {
    happen(beat.event);
    say(beat.phrases);
  }
}

void Teller::happen(Event event) {
  switch (event) {
    case Event::kNone:
      return;
    case Event::kHeroGoesAway:
      return world_.go(kHero, away_);
    case Event::kHeroGoesHome:
      return world_.go(kHero, home_);
    case Event::kHeroTakes:
      return world_.take(kHero, kThing);
    case Event::kHeroDrops:
      return world_.drop(kHero, kThing);
    case Event::kHeroGives:
      return world_.give(kHero, kFriend, kThing);
    case Event::kFriendGives:
      return world_.give(kFriend, kHero, kThing);
    case Event::kTheySwap:
      world_.give(kHero, kFriend, kOther);
      return world_.give(kFriend, kHero, kThing);
    case Event::kFriendGoesFar:
      return world_.go(kFriend, far_);
    case Event::kFriendMends:
      world_.give(kHero, kFriend, kThing);
      world_.mend(kFriend, kThing);
      return world_.give(kFriend, kHero, kThing);
    case Event::kThingBreaks:
      return world_.damage(kThing);
    case Event::kThingRunsAway:
      return world_.run_off(kThing, away_);
    case Event::kThingIsGone:
      return world_.lose_for_good(kThing);
  }
}

bool Teller::wish_came_true() const {
  switch (plot_.wish) {
    case Wish::kHeroHasThing:
      return world_.holds(kHero, kThing);
    case Wish::kFriendHasThing:
      return world_.holds(kFriend, kThing);
    case Wish::kThingIsWhole:
      return world_.holds(kHero, kThing) && world_.whole(kThing);
    case Wish::kTogether:
      break;
  }
  return world_.together(kHero, kFriend);
}

Story Teller::finish() && {
  const bool about_thing = plot_.owner != FirstOwner::kNobody;
  return {std::move(text_), wish_came_true(), blanks_["hero"],
          about_thing ? blanks_["thing"] : std::string(), blanks_["away"]};
}

bool draw_luck(StoryStyle::Outcome outcome, Rng& rng) {
  const bool luck = rng.chance(0.5);
  if (outcome == StoryStyle::Outcome::kByChance) return luck;
  return outcome == StoryStyle::Outcome::kHappy;
}

}  // namespace

Story tell_story(Rng& rng, const StoryStyle& style) {
  const Plot& plot = rng.pick(plots());
  Teller teller(plot, rng);
  teller.say(introductions());
  const bool mood_first = rng.chance(kMoodChance);
  if (!style.brief && mood_first) teller.say(moods());
  teller.tell(plot.beginning);
  teller.tell(draw_luck(style.outcome, rng) ? plot.good_luck : plot.bad_luck);
  const Phrases& ends = endings(teller.wish_came_true());
  teller.say(ends);
  return std::move(teller).finish();
}

}  // namespace tess2::data::synth
