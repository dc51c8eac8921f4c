#include "core/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace tess2 {
namespace {

// A match of the last part alone is worth less than the same match of the whole.
constexpr std::size_t kPartPenalty = 1;

std::string_view last_part(std::string_view word) {
  return word.substr(word.rfind('.') + 1);
}

std::size_t dotted_distance(std::string_view word, std::string_view known) {
  const std::size_t whole = edit_distance(word, known);
  return std::min(whole, edit_distance(last_part(word), last_part(known)) + kPartPenalty);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Rows i-2, i-1 and i of the table d(i, j), the distance of the first i bytes of `a` from the
  // first j bytes of `b`.
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, above);
    std::swap(above, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row.back();
}

std::string nearest(std::string_view word, std::span<const std::string> known) {
  const auto closer = [&](const std::string& x, const std::string& y) {
    return dotted_distance(word, x) < dotted_distance(word, y);
  };
  const auto best = std::min_element(known.begin(), known.end(), closer);
  return best == known.end() ? std::string() : *best;
}

std::string nearest_hint(std::string_view word, std::span<const std::string> known) {
  return known.empty() ? std::string() : " (did you mean " + nearest(word, known) + "?)";
}

}  // namespace tess2
