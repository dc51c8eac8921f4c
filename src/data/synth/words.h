// The words that the synthetic world is made of: few, so that a small model can learn them all.
#pragma once

#include <array>
#include <string_view>

namespace tess2::data::synth {

struct Name {
  std::string_view text;
  bool female;
};

/// A place and the word that goes before "the": in the park, at the beach.
struct Place {
  std::string_view preposition;
  std::string_view noun;
};

inline constexpr std::array<Name, 20> kNames{{
    {"Tom", false}, {"Ben", false},  {"Sam", false}, {"Max", false}, {"Tim", false},
    {"Leo", false}, {"Jack", false}, {"Dan", false}, {"Bob", false}, {"Finn", false},
    {"Ann", true},  {"Lily", true},  {"Mia", true},  {"Sue", true},  {"Eva", true},
    {"Zoe", true},  {"Kate", true},  {"Amy", true},  {"Lucy", true}, {"Rose", true},
}};

inline constexpr std::array<Place, 14> kPlaces{{
    {"in", "park"},
    {"in", "garden"},
    {"on", "farm"},
    {"at", "beach"},
    {"in", "forest"},
    {"by", "river"},
    {"by", "lake"},
    {"at", "market"},
    {"in", "library"},
    {"in", "barn"},
    {"at", "school"},
    {"on", "hill"},
    {"in", "kitchen"},
    {"in", "yard"},
}};

inline constexpr std::array<std::string_view, 20> kThings{
    "ball", "kite", "book", "hat",  "doll", "drum", "boat",  "bell",  "cup",   "lamp",
    "coat", "box",  "key",  "ring", "map",  "bag",  "flute", "clock", "shell", "car"};

inline constexpr std::array<std::string_view, 8> kPets{"dog",  "cat",  "duck",  "goat",
                                                       "frog", "bird", "mouse", "pig"};

inline constexpr std::array<std::string_view, 10> kAdjectives{
    "red", "blue", "green", "yellow", "small", "big", "old", "new", "white", "black"};

/// What the tasks about words choose from; many of them are words of the stories too.
inline constexpr std::array<std::string_view, 72> kListWords{
    "ball",  "kite",  "book",  "hat",    "doll",  "drum",  "boat",   "bell",   "cup",
    "lamp",  "coat",  "box",   "key",    "ring",  "map",   "bag",    "flute",  "clock",
    "park",  "farm",  "beach", "river",  "lake",  "barn",  "school", "hill",   "garden",
    "dog",   "cat",   "duck",  "goat",   "frog",  "bird",  "mouse",  "pig",    "horse",
    "apple", "bread", "cake",  "egg",    "milk",  "soup",  "pear",   "plum",   "nut",
    "sun",   "moon",  "star",  "tree",   "leaf",  "stone", "rain",   "snow",   "wind",
    "red",   "blue",  "green", "yellow", "white", "black", "small",  "big",    "old",
    "run",   "jump",  "sing",  "sleep",  "walk",  "smile", "window", "winter", "summer"};

}  // namespace tess2::data::synth
