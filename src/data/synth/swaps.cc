// People who have one thing each and swap them.
#include <array>

#include "data/synth/draws.h"
#include "data/synth/phrase.h"
#include "data/synth/tasks.h"
#include "data/synth/words.h"
#include "data/synth/world.h"

namespace tess2::data::synth {
namespace {

/// A world of `people`, all at one place; person i holds thing i.
World draw_world(std::size_t people, Rng& rng) {
  World world;
  const std::size_t place = rng.below(kPlaces.size());
  const auto names = draw_different(people, kNames.size(), rng);
  const auto things = draw_different(people, kThings.size(), rng);
  for (std::size_t i = 0; i < people; ++i) {
    const auto person = world.add_person(kNames[names[i]].text, place);
    world.take(person, world.add_thing(kThings[things[i]], place));
  }
  return world;
}

std::string tell_owners(const World& world) {
  std::vector<std::string> owners;
  for (std::size_t i = 0; i < world.people(); ++i) {
    owners.push_back(world.name(i) + " has " + with_article(world.noun(i)));
  }
  return enumerate(owners) + ".";
}

/// Two people swap what they have; returns the sentence that tells of it.
std::string swap_two(World& world, Rng& rng) {
  static constexpr std::array<std::string_view, 3> kPhrasings{
      " {First} and {second} swap.", " {First} swaps with {second}.",
      " {First} and {second} swap their things."};
  const auto pair = draw_different(2, world.people(), rng);
  const auto of_first = world.held_by(pair[0]).front();
  const auto of_second = world.held_by(pair[1]).front();
  world.give(pair[0], pair[1], of_first);
  world.give(pair[1], pair[0], of_second);
  return fill(rng.pick(kPhrasings),
              {{"first", world.name(pair[0])}, {"second", world.name(pair[1])}});
}

}  // namespace

Instruction draw_swap(const TaskSizes& sizes, Rng& rng) {
  World world = draw_world(static_cast<std::size_t>(rng.between(2, sizes.max_people)), rng);
  Instruction task;
  task.prompt = tell_owners(world);
  for (auto swaps = rng.between(1, sizes.max_swaps); swaps > 0; --swaps) {
    task.prompt += swap_two(world, rng);
  }
  const std::size_t person = rng.below(world.people());
  const std::size_t thing = world.held_by(person).front();
  if (rng.chance(0.5)) {
    task.prompt += " What does " + world.name(person) + " have now?";
    task.answer = world.noun(thing);
  } else {
    task.prompt += " Who has the " + world.noun(thing) + " now?";
    task.answer = world.name(person);
  }
  task.problem = task.prompt;
  task.reply = task.answer;
  return task;
}

}  // namespace tess2::data::synth
