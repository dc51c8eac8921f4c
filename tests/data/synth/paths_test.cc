#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "data/synth/task_test_support.h"
#include "support/temporary_folder.h"

namespace tess2::data::synth {
namespace {

using test_support::error_of;
using ::testing::HasSubstr;

struct Map {
  std::set<std::string> roads;  ///< both ways: "AB" and "BA"
  std::set<char> places;
  char start, goal;
};

Map read_map(const std::string& prompt) {
  Map map;
  for (const auto& road : matches(prompt, "\\b[A-Z] [A-Z]\\b")) {
    map.roads.insert({road[0], road[2]});
    map.roads.insert({road[2], road[0]});
    map.places.insert({road[0], road[2]});
  }
  std::smatch ends;
  EXPECT_TRUE(std::regex_search(prompt, ends, std::regex("from ([A-Z]) to ([A-Z])[.?]$")));
  map.start = ends.str(1)[0];
  map.goal = ends.str(2)[0];
  return map;
}

/// All paths from the end of `path` to the goal that come to no place twice.
void extend(const Map& map, const std::string& path, std::vector<std::string>& found) {
  if (path.back() == map.goal) {
    found.push_back(path);
    return;
  }
  for (const char place : map.places) {
    if (path.find(place) == std::string::npos && map.roads.contains({path.back(), place})) {
      extend(map, path + place, found);
    }
  }
}

std::vector<std::string> all_paths(const Map& map) {
  std::vector<std::string> found;
  extend(map, {map.start}, found);
  std::ranges::sort(found, {}, [](const std::string& path) { return path.size(); });
  return found;
}

bool asks_for_shortest(const Instruction& task) {
  return task.prompt.find("shortest") != std::string::npos;
}

std::string spaced(const std::string& path) {
  std::string text;
  for (const char place : path) text += std::string(text.empty() ? "" : " ") + place;
  return text;
}

TEST(Paths, ExactlyThePathsOfTheMapPass) {
  int several = 0, shortest = 0;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("path", i, {.max_places = 9});
    const auto paths = all_paths(read_map(task.prompt));
    ASSERT_FALSE(paths.empty()) << task.prompt;
    EXPECT_EQ(task.answer.size(), 2 * paths[0].size() - 1) << "a shortest one: " << task.prompt;
    for (const auto& path : paths) {
      const bool right = !asks_for_shortest(task) || path.size() == paths[0].size();
      EXPECT_EQ(passes(task, spaced(path)), right) << task.prompt << " " << path;
    }
    several += paths.size() > 1 ? 1 : 0;
    shortest += asks_for_shortest(task) ? 1 : 0;
  }
  EXPECT_GT(several, kDraws / 4);
  EXPECT_GT(shortest, kDraws * 2 / 5);
  EXPECT_LT(shortest, kDraws * 3 / 5);
}

TEST(Paths, CorruptedAnswersFail) {
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("path", i, {.max_places = 9});
    const Map map = read_map(task.prompt);
    const auto paths = all_paths(map);
    std::string path = std::regex_replace(task.answer, std::regex(" "), "");
    for (std::size_t at = 0; at < path.size(); ++at) {
      for (char place = 'A'; place <= 'Z'; ++place) {
        std::string other = path;
        other[at] = place;
        const bool right = std::ranges::find(paths, other) != paths.end();
        EXPECT_EQ(passes(task, spaced(other)), right) << task.prompt << " " << other;
      }
    }
    EXPECT_FALSE(passes(task, spaced({path.rbegin(), path.rend()}))) << task.prompt;
    EXPECT_FALSE(passes(task, spaced(path.substr(1)))) << task.prompt;
    EXPECT_FALSE(passes(task, spaced(path) + " " + path.back())) << task.prompt;
    // Back and on again is no path.
    EXPECT_FALSE(passes(task, spaced(path.substr(0, 2) + path))) << task.prompt;
  }
}

TEST(Paths, KeepToTheirSizesAndLeadOverSeveralRoads) {
  std::set<std::size_t> counts, lengths;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("path", i, {.max_places = 6});
    counts.insert(read_map(task.prompt).places.size());
    lengths.insert(split_words(task.answer).size());
    EXPECT_LE(read_map(draw("path", i).prompt).places.size(), 20u);
  }
  EXPECT_EQ(counts, (std::set<std::size_t>{4, 5, 6}));
  EXPECT_EQ(lengths, (std::set<std::size_t>{3, 4, 5, 6}));
}

TEST(Paths, MayBeWrittenInOtherWays) {
  const auto task = asking("path", "Roads: A B, C B, D C, A E, D E. Find a path from A to D.");
  for (const char* right : {"A B C D", "A-B-C-D", "A -> E -> D", "A, E, D.", "a e d",
                            "first B, then C, answer A B C D\n"}) {
    EXPECT_TRUE(passes(task, right)) << right;
  }
  for (const char* wrong : {"A D", "A B D", "A B C", "B C D", "A B C D E", "A B A E D", "ABCD",
                            "A to E to D", "A + E + D", "A 1 E D", "A", "answer", ""}) {
    EXPECT_FALSE(passes(task, wrong)) << wrong;
  }
  const auto shortest =
      asking("path", "Roads: A B, C B, D C, A E, D E. Find the shortest path from A to D.");
  EXPECT_TRUE(passes(shortest, "A E D"));
  EXPECT_FALSE(passes(shortest, "A B C D"));
}

TEST(Paths, RefuseAPromptWithoutRoads) {
  for (const char* prompt : {"", "Find a path from A to B.", "Roads: A B, C. Go from A to C."}) {
    EXPECT_THAT(error_of([&] { passes(asking("path", prompt), "A B"); }),
                HasSubstr("path: expected a prompt with roads, a start and a goal"));
  }
}

// A goal that no road leads to has no path at all, which is no mistake of the prompt.
TEST(Paths, NothingLeadsToAPlaceThatIsNotJoined) {
  for (const char* kind : {"a", "the shortest"}) {
    const auto task =
        asking("path", "Roads: A B, C D. Find " + std::string(kind) + " path from A to D.");
    EXPECT_FALSE(passes(task, "A B D"));
    EXPECT_FALSE(passes(task, "A D"));
  }
}

TEST(Paths, NeitherOrderNorDirectionMakesAnotherProblem) {
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("path", i);
    const Map map = read_map(task.prompt);
    std::string text;
    for (const auto& road : map.roads) {
      if (road[0] < road[1]) text += (text.empty() ? "" : ", ") + spaced(road);
    }
    const auto [low, high] = std::minmax(map.start, map.goal);
    EXPECT_EQ(task.problem, text + "; " + spaced({low, high}));
  }
}

}  // namespace
}  // namespace tess2::data::synth
