#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>

#include "data/synth/task_test_support.h"
#include "support/temporary_folder.h"

namespace tess2::data::synth {
namespace {

using test_support::error_of;
using ::testing::HasSubstr;

/// The 16 cells without anything between them.
std::string cells_of(const std::string& text) {
  return std::regex_replace(text, std::regex("[^1-4_]"), "");
}

bool has_all_digits(const std::string& grid, const std::array<std::size_t, 4>& cells) {
  std::set<char> digits;
  for (const std::size_t cell : cells) digits.insert(grid[cell]);
  return digits == std::set<char>{'1', '2', '3', '4'};
}

bool is_solved(const std::string& grid) {
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t corner = i / 2 * 8 + i % 2 * 2;
    if (!has_all_digits(grid, {4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3}) ||
        !has_all_digits(grid, {i, i + 4, i + 8, i + 12}) ||
        !has_all_digits(grid, {corner, corner + 1, corner + 4, corner + 5})) {
      return false;
    }
  }
  return true;
}

/// Every solved grid, from all ways to put the digits into four rows.
const std::vector<std::string>& all_solved() {
  static const std::vector<std::string> grids = [] {
    std::vector<std::string> rows, found;
    std::string row = "1234";
    do rows.push_back(row);
    while (std::ranges::next_permutation(row).found);
    for (const auto& a : rows) {
      for (const auto& b : rows) {
        for (const auto& c : rows) {
          for (const auto& d : rows) {
            if (is_solved(a + b + c + d)) found.push_back(a + b + c + d);
          }
        }
      }
    }
    return found;
  }();
  return grids;
}

bool agrees(const std::string& puzzle, const std::string& grid) {
  return std::equal(puzzle.begin(), puzzle.end(), grid.begin(),
                    [](char given, char digit) { return given == '_' || given == digit; });
}

std::string puzzle_of(const Instruction& task) {
  return cells_of(task.prompt.substr(task.prompt.rfind(':')));
}

TEST(Sudoku, HasTheOneSolutionThatItsAnswerGives) {
  ASSERT_EQ(all_solved().size(), 288u);
  std::set<std::int64_t> blanks;
  std::set<std::string> solutions;
  for (int i = 0; i < kDraws; ++i) {
    const Instruction task = draw("sudoku", i);
    const std::string puzzle = puzzle_of(task), solution = cells_of(task.answer);
    ASSERT_EQ(puzzle.size(), 16u);
    EXPECT_EQ(std::ranges::count_if(all_solved(), [&](auto& g) { return agrees(puzzle, g); }), 1);
    EXPECT_TRUE(is_solved(solution) && agrees(puzzle, solution)) << task.prompt;
    blanks.insert(std::ranges::count(puzzle, '_'));
    solutions.insert(solution);
  }
  EXPECT_EQ(*blanks.begin(), 4);
  EXPECT_EQ(*blanks.rbegin(), 12);
  EXPECT_EQ(solutions.size(), 288u);
}

TEST(Sudoku, KeepsToItsSizes) {
  for (int i = 0; i < kDraws; ++i) {
    EXPECT_LE(std::ranges::count(puzzle_of(draw("sudoku", i, {.max_blanks = 5})), '_'), 5);
  }
}

TEST(Sudoku, EveryOtherDigitFails) {
  for (int i = 0; i < 200; ++i) {
    const Instruction task = draw("sudoku", i);
    for (std::size_t at = 0; at < task.answer.size(); ++at) {
      for (const char digit : std::string("01234_")) {
        std::string other = task.answer;
        if (std::string("/ ").find(other[at]) != std::string::npos) continue;
        other[at] = digit;
        EXPECT_EQ(passes(task, other), other == task.answer) << other;
      }
    }
  }
}

TEST(Sudoku, OtherGridsThatAreSolvedFail) {
  const Instruction task = draw("sudoku", 3);
  int right = 0;
  for (const auto& grid : all_solved()) right += passes(task, grid) ? 1 : 0;
  EXPECT_EQ(right, 1);
}

TEST(Sudoku, AnySolutionPassesWhereThereAreSeveral) {
  const std::string puzzle =
      "1___"
      "__1_"
      "____"
      "____";
  const auto task = asking("sudoku", "Solve the sudoku: 1 _ _ _ / _ _ 1 _ / _ _ _ _ / _ _ _ _");
  int right = 0;
  for (const auto& grid : all_solved()) {
    EXPECT_EQ(passes(task, grid), agrees(puzzle, grid)) << grid;
    right += passes(task, grid) ? 1 : 0;
  }
  EXPECT_GT(right, 10);
}

TEST(Sudoku, TheGridMayBeWrittenInOtherWays) {
  const auto task = asking("sudoku", "Fill this: 1 2 3 4 / 3 4 _ _ / 2 1 4 3 / 4 3 2 1");
  for (const char* right :
       {"1 2 3 4 / 3 4 1 2 / 2 1 4 3 / 4 3 2 1", "1234\n3412\n2143\n4321\n", "1234341221434321.",
        "1|2|3|4\n3|4|1|2\n2|1|4|3\n4|3|2|1", "row by row, the answer 1234 3412 2143 4321"}) {
    EXPECT_TRUE(passes(task, right)) << right;
  }
  for (const char* wrong :
       {"1 2 3 4 / 3 4 1 2 / 2 1 4 3 / 4 3 2", "1 2 3 4 / 3 4 1 2 / 2 1 4 3 / 4 3 2 1 1",
        "1 2 3 4 / 3 4 2 1 / 2 1 4 3 / 4 3 2 1", "1 2 3 4 / 3 4 _ _ / 2 1 4 3 / 4 3 2 1", "1 2",
        "it is 1 2 3 4 / 3 4 1 2 / 2 1 4 3 / 4 3 2 1", ""}) {
    EXPECT_FALSE(passes(task, wrong)) << wrong;
  }
}

TEST(Sudoku, RefusesAPromptWithoutAGrid) {
  for (const char* prompt :
       {"Solve the sudoku", "Solve: 1 2 3", "Solve: 1 2 3 4 1 2 3 4 1 2 3 4 5 1 2 3"}) {
    EXPECT_THAT(error_of([&] { passes(asking("sudoku", prompt), "1"); }),
                HasSubstr("sudoku: expected a prompt with 16 cells after a colon"));
  }
}

}  // namespace
}  // namespace tess2::data::synth
