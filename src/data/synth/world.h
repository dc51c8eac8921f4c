// A small world whose state stays consistent: who is where, who holds what.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tess2::data::synth {

/// People, places and things are named by their numbers in the order in which they were added;
/// places by their number in kPlaces. An event that cannot happen in the present state throws
/// Error, so that no text can tell of it.
class World {
 public:
  using Index = std::size_t;

  Index add_person(std::string_view name, Index place);
  Index add_thing(std::string_view noun, Index place);

  /// The person goes to another place, with everything that they hold.
  void go(Index person, Index place);
  /// Takes a thing that lies where the person is.
  void take(Index person, Index thing);
  /// Leaves a thing that the person holds where they are.
  void drop(Index person, Index thing);
  /// Hands a thing over to somebody at the same place.
  void give(Index from, Index to, Index thing);
  /// The thing (a pet) leaves whoever holds it for another place.
  void run_off(Index thing, Index place);
  /// The thing leaves the world: nobody holds it any more and it is at no place.
  void lose_for_good(Index thing);
  /// A whole thing breaks; a broken one is mended by somebody who holds it.
  void damage(Index thing);
  void mend(Index person, Index thing);

  std::size_t people() const { return people_.size(); }
  std::size_t things() const { return things_.size(); }
  const std::string& name(Index person) const { return people_.at(person).name; }
  const std::string& noun(Index thing) const { return things_.at(thing).noun; }
  Index place_of_person(Index person) const { return people_.at(person).place; }
  bool together(Index a, Index b) const { return place_of_person(a) == place_of_person(b); }
  std::optional<Index> holder(Index thing) const { return things_.at(thing).holder; }
  bool holds(Index person, Index thing) const { return holder(thing) == person; }
  /// Where the thing lies, or where its holder is; nothing once it has left the world.
  std::optional<Index> place_of_thing(Index thing) const;
  bool whole(Index thing) const { return things_.at(thing).whole; }
  /// What the person holds, in the order in which the things were added.
  std::vector<Index> held_by(Index person) const;

 private:
  struct Person {
    std::string name;
    Index place;
  };
  struct Thing {
    std::string noun;
    std::optional<Index> holder;
    std::optional<Index> place;  // where it lies; nothing while it is held
    bool whole = true;
  };

  void require_held(Index person, Index thing) const;

  std::vector<Person> people_;
  std::vector<Thing> things_;
};

}  // namespace tess2::data::synth
