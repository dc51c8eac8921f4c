// Paths over roads between places that are named by capital letters.
#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <tuple>

#include "core/error.h"
#include "data/synth/check.h"
#include "data/synth/draws.h"
#include "data/synth/phrase.h"
#include "data/synth/tasks.h"

namespace tess2::data::synth {
namespace {

constexpr std::size_t kLetters = 26;
/// A place is joined to one of as many before it: fewer make the ways longer.
constexpr std::size_t kNearby = 3;
/// One more road for as many places, so that there may be several ways.
constexpr std::size_t kPlacesPerExtraRoad = 3;

using Road = std::pair<char, char>;  ///< the lesser letter first

struct Problem {
  std::set<Road> roads;
  char start = 0;
  char goal = 0;
  bool shortest = false;
};

Road road_between(char a, char b) {
  return std::minmax({a, b});
}

std::string road_text(Road road) {
  return std::string{road.first, ' ', road.second};
}

std::set<char> neighbours(const std::set<Road>& roads, char place) {
  std::set<char> found;
  for (const auto& [a, b] : roads) {
    if (a == place) found.insert(b);
    if (b == place) found.insert(a);
  }
  return found;
}

/// Roads from `start` to every place that it is joined with.
std::map<char, int> distances_from(char start, const std::set<Road>& roads) {
  std::map<char, int> distances{{start, 0}};
  std::vector<char> reached{start};
  for (std::size_t i = 0; i < reached.size(); ++i) {
    const int next = distances[reached[i]] + 1;
    for (const char place : neighbours(roads, reached[i])) {
      if (distances.emplace(place, next).second) reached.push_back(place);
    }
  }
  return distances;
}

/// A tree over the places, with some more roads.
std::set<Road> draw_roads(const std::vector<char>& places, Rng& rng) {
  std::set<Road> roads;
  for (std::size_t i = 1; i < places.size(); ++i) {
    roads.insert(road_between(places[i], places[i - 1 - rng.below(std::min(i, kNearby))]));
  }
  for (auto extra = rng.below(1 + places.size() / kPlacesPerExtraRoad); extra > 0; --extra) {
    const auto ends = draw_different(2, places.size(), rng);
    roads.insert(road_between(places[ends[0]], places[ends[1]]));
  }
  return roads;
}

/// Two places at least two roads apart; each distance that occurs has the same chance.
std::pair<char, char> draw_ends(const std::vector<char>& places, const std::set<Road>& roads,
                                Rng& rng) {
  std::map<int, std::vector<std::pair<char, char>>> by_distance;
  for (const char start : places) {
    for (const auto& [goal, distance] : distances_from(start, roads)) {
      if (distance >= 2) by_distance[distance].emplace_back(start, goal);
    }
  }
  auto chosen = by_distance.begin();
  std::advance(chosen, rng.below(by_distance.size()));
  return rng.pick(chosen->second);
}

/// The shortest path that comes first in the alphabet.
std::vector<std::string> shortest_path(const Problem& problem) {
  const auto left = distances_from(problem.goal, problem.roads);
  std::vector<std::string> path{{problem.start}};
  for (char at = problem.start; at != problem.goal;) {
    const auto next = neighbours(problem.roads, at);
    at = *std::ranges::find_if(next, [&](char place) { return left.at(place) < left.at(at); });
    path.push_back({at});
  }
  return path;
}

Problem draw_problem(const TaskSizes& sizes, Rng& rng) {
  const auto count = static_cast<std::size_t>(rng.between(4, sizes.max_places));
  std::vector<char> places;
  for (const std::size_t i : draw_different(count, kLetters, rng)) {
    places.push_back(static_cast<char>('A' + i));
  }
  Problem problem;
  problem.roads = draw_roads(places, rng);
  std::tie(problem.start, problem.goal) = draw_ends(places, problem.roads, rng);
  problem.shortest = rng.chance(0.5);
  return problem;
}

/// The same whichever way it is asked: neither the order of roads nor the direction counts.
std::string problem_text(const Problem& problem) {
  std::vector<std::string> roads;
  for (const Road& road : problem.roads) roads.push_back(road_text(road));
  return join(roads, ", ") + "; " + road_text(road_between(problem.start, problem.goal));
}

std::string ask(const Problem& problem, Rng& rng) {
  static constexpr std::array<std::string_view, 3> kAny{
      "Roads: {roads}. Find a path from {start} to {goal}.",
      "There are roads between {roads}. How can one go from {start} to {goal}?",
      "Find a way over these roads: {roads}. It leads from {start} to {goal}."};
  static constexpr std::array<std::string_view, 3> kShortest{
      "Roads: {roads}. Find the shortest path from {start} to {goal}.",
      "There are roads between {roads}. What is the shortest way from {start} to {goal}?",
      "Find the shortest way over these roads: {roads}. It leads from {start} to {goal}."};
  std::vector<std::string> roads;
  for (const auto& [a, b] : problem.roads) {
    roads.push_back(road_text(rng.chance(0.5) ? Road{a, b} : Road{b, a}));
  }
  rng.shuffle(roads);
  return fill(rng.pick(problem.shortest ? kShortest : kAny),
              {{"roads", join(roads, ", ")}, {"start", {problem.start}}, {"goal", {problem.goal}}});
}

bool is_letter(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

/// The words of one capital letter in `text`, in their order.
std::vector<char> places_in(std::string_view text) {
  std::vector<char> places;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool alone =
        (i == 0 || !is_letter(text[i - 1])) && (i + 1 == text.size() || !is_letter(text[i + 1]));
    if (alone && text[i] >= 'A' && text[i] <= 'Z') places.push_back(text[i]);
  }
  return places;
}

/// The last two places of a prompt are the ends, those before them the roads.
Problem read_problem(std::string_view prompt) {
  const auto places = places_in(prompt);
  if (places.size() < 4 || places.size() % 2 != 0) {
    throw Error("path: expected a prompt with roads, a start and a goal");
  }
  Problem problem;
  for (std::size_t i = 0; i + 2 < places.size(); i += 2) {
    problem.roads.insert(road_between(places[i], places[i + 1]));
  }
  problem.start = places[places.size() - 2];
  problem.goal = places.back();
  problem.shortest = prompt.find("shortest") != std::string_view::npos;
  return problem;
}

bool may_stand_in_path(char c) {
  return is_letter(c) || std::isspace(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("-,>.").find(c) != std::string_view::npos;
}

/// The places of a reply that names nothing but places, in either case; else none.
std::vector<char> read_path(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const auto places = places_in(upper);
  const bool only_places = std::ranges::count_if(upper, is_letter) == std::ssize(places) &&
                           std::ranges::all_of(upper, may_stand_in_path);
  return only_places ? places : std::vector<char>{};
}

/// Whether each place of the path is joined with the next, and none comes twice.
bool follows_roads(const std::vector<char>& path, const std::set<Road>& roads) {
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    if (!roads.contains(road_between(path[i], path[i + 1]))) return false;
  }
  return std::set<char>(path.begin(), path.end()).size() == path.size();
}

}  // namespace

Instruction draw_path(const TaskSizes& sizes, Rng& rng) {
  const Problem problem = draw_problem(sizes, rng);
  Instruction task;
  task.problem = problem_text(problem);
  task.prompt = ask(problem, rng);
  task.answer = join(shortest_path(problem));
  task.reply = task.answer;
  return task;
}

bool joins_places(const Attempt& attempt) {
  const Problem problem = read_problem(attempt.prompt);
  const auto path = read_path(marked_answer(attempt.output));
  if (path.empty() || path.front() != problem.start || path.back() != problem.goal) return false;
  if (!follows_roads(path, problem.roads)) return false;
  const auto roads = distances_from(problem.start, problem.roads).at(problem.goal);
  return !problem.shortest || std::ssize(path) == roads + 1;
}

}  // namespace tess2::data::synth
