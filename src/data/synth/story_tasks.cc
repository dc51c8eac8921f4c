// Questions about a short story, and stories that contain given words.
#include <array>
#include <functional>

#include "data/synth/draws.h"
#include "data/synth/phrase.h"
#include "data/synth/story.h"
#include "data/synth/tasks.h"
#include "data/synth/words.h"
#include "data/synth/world.h"

namespace tess2::data::synth {
namespace {

constexpr std::size_t kPeople = 2;
constexpr std::size_t kPlacesUsed = 3;
constexpr std::size_t kThingsUsed = 2;

struct Question {
  std::string text;
  std::string answer;
};

/// A world in which people go from place to place, pick things up and hand them on.
class Scene {
 public:
  explicit Scene(Rng& rng);

  /// Lets something happen that can, and tells of it.
  void happen();
  /// A question about the state now.
  Question ask();
  const std::string& text() const { return text_; }

 private:
  using Change = std::function<void()>;

  void say(std::string_view phrase, std::size_t person, const Blanks& more);
  void add_move(std::size_t person, std::vector<Change>& changes);
  void add_handling(std::size_t person, std::size_t thing, std::vector<Change>& changes);

  Rng& rng_;
  World world_;
  std::vector<std::size_t> places_;
  std::string text_;
};

std::string at_the(std::size_t place) {
  return std::string(kPlaces[place].preposition) + " the " + std::string(kPlaces[place].noun);
}

Scene::Scene(Rng& rng) : rng_(rng), places_(draw_different(kPlacesUsed, kPlaces.size(), rng)) {
  for (const std::size_t name : draw_different(kPeople, kNames.size(), rng)) {
    const std::size_t place = rng.pick(places_);
    const auto person = world_.add_person(kNames[name].text, place);
    say("{Name} was {at place}.", person, {{"at place", at_the(place)}});
  }
  for (const std::size_t noun : draw_different(kThingsUsed, kThings.size(), rng)) {
    const std::size_t place = world_.place_of_person(rng.below(kPeople));
    world_.add_thing(kThings[noun], place);
    say("The {thing} was {at place}.", 0,
        {{"thing", std::string(kThings[noun])}, {"at place", at_the(place)}});
  }
}

void Scene::say(std::string_view phrase, std::size_t person, const Blanks& more) {
  Blanks blanks = more;
  blanks["name"] = world_.name(person);
  if (!text_.empty()) text_ += ' ';
  text_ += fill(phrase, blanks);
}

void Scene::add_move(std::size_t person, std::vector<Change>& changes) {
  for (const std::size_t place : places_) {
    if (world_.place_of_person(person) == place) continue;
    changes.push_back([=, this] {
      static constexpr std::array<std::string_view, 3> kPhrasings{
          "{Name} went to the {place}.", "{Name} ran to the {place}.",
          "Then {name} walked to the {place}."};
      world_.go(person, place);
      say(rng_.pick(kPhrasings), person, {{"place", std::string(kPlaces[place].noun)}});
    });
  }
}

void Scene::add_handling(std::size_t person, std::size_t thing, std::vector<Change>& changes) {
  const std::string noun = world_.noun(thing);
  const std::size_t other = kPeople - 1 - person;
  const bool in_reach = world_.place_of_thing(thing) == world_.place_of_person(person);
  if (in_reach && !world_.holder(thing)) {
    changes.push_back([=, this] {
      world_.take(person, thing);
      say("{Name} took the {thing}.", person, {{"thing", noun}});
    });
  }
  if (!world_.holds(person, thing)) return;
  changes.push_back([=, this] {
    world_.drop(person, thing);
    say("{Name} put the {thing} down.", person, {{"thing", noun}});
  });
  if (!world_.together(person, other)) return;
  changes.push_back([=, this] {
    world_.give(person, other, thing);
    say("{Name} gave the {thing} to {other}.", person,
        {{"thing", noun}, {"other", world_.name(other)}});
  });
}

void Scene::happen() {
  std::vector<Change> moves;
  std::vector<Change> handlings;
  for (std::size_t person = 0; person < kPeople; ++person) {
    add_move(person, moves);
    for (std::size_t thing = 0; thing < kThingsUsed; ++thing) {
      add_handling(person, thing, handlings);
    }
  }
  const bool move = handlings.empty() || rng_.chance(0.4);
  rng_.pick(move ? moves : handlings)();
}

Question Scene::ask() {
  const std::size_t person = rng_.below(kPeople);
  const std::size_t thing = rng_.below(kThingsUsed);
  const auto noun_of = [](std::size_t place) { return std::string(kPlaces[place].noun); };
  const auto held = world_.held_by(person);
  const auto kind = rng_.below(4);
  if (kind == 0) {
    return {"Where is " + world_.name(person) + " now?", noun_of(world_.place_of_person(person))};
  }
  if (kind == 1 && world_.holder(thing)) {
    return {"Who has the " + world_.noun(thing) + " now?", world_.name(*world_.holder(thing))};
  }
  if (kind == 2 && held.size() == 1) {
    return {"What does " + world_.name(person) + " have now?", world_.noun(held.front())};
  }
  return {"Where is the " + world_.noun(thing) + " now?", noun_of(*world_.place_of_thing(thing))};
}

}  // namespace

Instruction draw_question(const TaskSizes& sizes, Rng& rng) {
  Scene scene(rng);
  for (auto events = rng.between(2, sizes.max_events); events > 0; --events) scene.happen();
  Question question = scene.ask();
  Instruction task;
  task.prompt = scene.text() + " " + question.text;
  task.problem = task.prompt;
  task.reply = question.answer;
  task.answer = std::move(question.answer);
  return task;
}

Instruction draw_story_with_words(const TaskSizes&, Rng& rng) {
  static constexpr std::array<std::string_view, 4> kPhrasings{
      "Write a story with these words: {words}", "Tell a short story that has the words {words}.",
      "Make a story with {words}.", "Use the words {words} in a story."};
  Story story = tell_story(rng, {.brief = true});
  std::vector<std::string> words{story.hero, story.place};
  if (!story.thing.empty()) words.push_back(story.thing);
  Instruction task;
  task.problem = join(words);
  rng.shuffle(words);
  task.prompt = fill(rng.pick(kPhrasings), {{"words", enumerate(words)}});
  task.reply = std::move(story.text);
  task.answer = join(words);
  return task;
}

}  // namespace tess2::data::synth
