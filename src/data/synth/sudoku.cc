// 4x4 sudoku: each row, each column and each of the four boxes has the digits 1 to 4.
#include <algorithm>
#include <array>
#include <cctype>
#include <numeric>
#include <optional>
#include <utility>

#include "core/error.h"
#include "data/synth/check.h"
#include "data/synth/phrase.h"
#include "data/synth/tasks.h"

namespace tess2::data::synth {
namespace {

constexpr std::size_t kSide = 4;
constexpr std::size_t kCells = kSide * kSide;
constexpr char kBlank = '_';

/// Row by row; a cell is one of '1' to '4', or kBlank.
using Grid = std::array<char, kCells>;

/// Whether two cells share a row, a column or a box.
bool related(std::size_t a, std::size_t b) {
  const std::size_t row_a = a / kSide, row_b = b / kSide;
  const std::size_t column_a = a % kSide, column_b = b % kSide;
  return row_a == row_b || column_a == column_b ||
         (row_a / 2 == row_b / 2 && column_a / 2 == column_b / 2);
}

bool keeps_rules(const Grid& grid) {
  for (std::size_t a = 0; a < kCells; ++a) {
    for (std::size_t b = a + 1; b < kCells; ++b) {
      if (grid[a] != kBlank && grid[a] == grid[b] && related(a, b)) return false;
    }
  }
  return true;
}

bool agrees_with(const Grid& puzzle, const Grid& solution) {
  for (std::size_t i = 0; i < kCells; ++i) {
    if (puzzle[i] != kBlank && puzzle[i] != solution[i]) return false;
  }
  return true;
}

void add_completions(Grid& grid, std::size_t cell, std::vector<Grid>& found) {
  if (cell == kCells) {
    found.push_back(grid);
    return;
  }
  for (char digit = '1'; digit <= '4'; ++digit) {
    grid[cell] = digit;
    if (keeps_rules(grid)) add_completions(grid, cell + 1, found);
  }
  grid[cell] = kBlank;
}

/// All 288 of them.
const std::vector<Grid>& solved_grids() {
  static const std::vector<Grid> grids = [] {
    Grid grid;
    grid.fill(kBlank);
    std::vector<Grid> found;
    add_completions(grid, 0, found);
    return found;
  }();
  return grids;
}

bool has_one_solution(const Grid& puzzle) {
  const auto solves = [&](const Grid& grid) { return agrees_with(puzzle, grid); };
  return std::ranges::count_if(solved_grids(), solves) == 1;
}

/// Blanks up to `blanks` cells of a solved grid, in random order, wherever one solution remains.
Grid make_puzzle(Grid grid, std::int64_t blanks, Rng& rng) {
  std::array<std::size_t, kCells> cells;
  std::iota(cells.begin(), cells.end(), std::size_t{0});
  rng.shuffle(cells);
  for (const std::size_t cell : cells) {
    if (blanks == 0) break;
    const char digit = std::exchange(grid[cell], kBlank);
    if (has_one_solution(grid)) {
      --blanks;
    } else {
      grid[cell] = digit;
    }
  }
  return grid;
}

/// "1 _ 3 4 / _ 4 1 2 / 2 1 _ 3 / 4 3 2 _"
std::string grid_text(const Grid& grid) {
  std::string text;
  for (std::size_t i = 0; i < kCells; ++i) {
    if (i > 0) text += i % kSide == 0 ? " / " : " ";
    text += grid[i];
  }
  return text;
}

/// The 16 cells in `text`, between spaces, line ends and the marks / | , at will, with or without a
/// full stop at the end; nothing where it holds anything else.
std::optional<Grid> read_grid(std::string_view text) {
  while (!text.empty() &&
         (text.back() == '.' || std::isspace(static_cast<unsigned char>(text.back())))) {
    text.remove_suffix(1);
  }
  Grid grid;
  std::size_t size = 0;
  for (const char c : text) {
    if (std::isspace(static_cast<unsigned char>(c)) || c == '/' || c == '|' || c == ',') continue;
    const bool is_cell = c == kBlank || (c >= '1' && c <= '4');
    if (!is_cell || size == kCells) return std::nullopt;
    grid[size++] = c;
  }
  return size == kCells ? std::optional(grid) : std::nullopt;
}

Grid read_puzzle(std::string_view prompt) {
  const std::size_t colon = prompt.rfind(':');
  const auto grid = read_grid(prompt.substr(colon == std::string_view::npos ? 0 : colon + 1));
  if (!grid) throw Error("sudoku: expected a prompt with 16 cells after a colon");
  return *grid;
}

}  // namespace

Instruction draw_sudoku(const TaskSizes& sizes, Rng& rng) {
  static constexpr std::array<std::string_view, 4> kPhrasings{
      "Solve the sudoku: {grid}", "Fill in this 4x4 sudoku: {grid}",
      "Each row, column and box has 1 to 4. Fill the blanks: {grid}", "Complete the grid: {grid}"};
  const Grid& solution = rng.pick(solved_grids());
  const Grid puzzle = make_puzzle(solution, rng.between(kMinBlanks, sizes.max_blanks), rng);
  Instruction task;
  task.problem = grid_text(puzzle);
  task.prompt = fill(rng.pick(kPhrasings), {{"grid", task.problem}});
  task.answer = grid_text(solution);
  task.reply = task.answer;
  return task;
}

bool solves_sudoku(const Attempt& attempt) {
  const Grid puzzle = read_puzzle(attempt.prompt);
  const auto grid = read_grid(marked_answer(attempt.output));
  return grid && std::ranges::find(*grid, kBlank) == grid->end() && keeps_rules(*grid) &&
         agrees_with(puzzle, *grid);
}

}  // namespace tess2::data::synth
