#include "data/synth/world.h"

#include "core/error.h"

namespace tess2::data::synth {
namespace {

void require(bool holds, const std::string& rule) {
  if (!holds) throw Error("impossible event: " + rule);
}

}  // namespace

World::Index World::add_person(std::string_view name, Index place) {
  people_.push_back({std::string(name), place});
  return people_.size() - 1;
}

World::Index World::add_thing(std::string_view noun, Index place) {
  things_.push_back({std::string(noun), std::nullopt, place});
  return things_.size() - 1;
}

void World::go(Index person, Index place) {
  require(place_of_person(person) != place, name(person) + " is there already");
  people_[person].place = place;
}

void World::take(Index person, Index thing) {
  require(!holder(thing), "somebody holds the " + noun(thing));
  require(place_of_thing(thing) == place_of_person(person),
          "the " + noun(thing) + " is not where " + name(person) + " is");
  things_[thing].holder = person;
  things_[thing].place.reset();
}

void World::drop(Index person, Index thing) {
  require_held(person, thing);
  things_[thing].holder.reset();
  things_[thing].place = place_of_person(person);
}

void World::give(Index from, Index to, Index thing) {
  require_held(from, thing);
  require(from != to && together(from, to), name(from) + " is not with " + name(to));
  things_[thing].holder = to;
}

void World::run_off(Index thing, Index place) {
  require(place_of_thing(thing) != place, "the " + noun(thing) + " is there already");
  things_[thing].holder.reset();
  things_[thing].place = place;
}

void World::lose_for_good(Index thing) {
  require(place_of_thing(thing).has_value(), "the " + noun(thing) + " is gone already");
  things_[thing].holder.reset();
  things_[thing].place.reset();
}

void World::damage(Index thing) {
  require(whole(thing), "the " + noun(thing) + " is broken already");
  things_[thing].whole = false;
}

void World::mend(Index person, Index thing) {
  require_held(person, thing);
  require(!whole(thing), "the " + noun(thing) + " is not broken");
  things_[thing].whole = true;
}

std::optional<World::Index> World::place_of_thing(Index thing) const {
  const auto owner = holder(thing);
  return owner ? place_of_person(*owner) : things_.at(thing).place;
}

std::vector<World::Index> World::held_by(Index person) const {
  std::vector<Index> held;
  for (Index thing = 0; thing < things_.size(); ++thing) {
    if (holds(person, thing)) held.push_back(thing);
  }
  return held;
}

void World::require_held(Index person, Index thing) const {
  require(holds(person, thing), name(person) + " does not hold the " + noun(thing));
}

}  // namespace tess2::data::synth
