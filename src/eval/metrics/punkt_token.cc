#include "eval/metrics/punkt_token.h"

#include <algorithm>

#include "eval/metrics/sentence_words.h"

namespace tess2::eval {
namespace {

constexpr TextView kNonWordMarks = U")\";}]*:@'({[!?";
constexpr TextView kNoWordStart = U"(\"`{[:;&#*@)}]-,";
constexpr TextView kNumberType = U"##number##";

bool contains(TextView set, char32_t c) {
  return set.find(c) != TextView::npos;
}

// Length of the run of `c` at `start`.
std::size_t run_of(TextView text, std::size_t start, char32_t c) {
  std::size_t end = start;
  while (end < text.size() && text[end] == c) ++end;
  return end - start;
}

// Length of full stops with one space between each, ". . .", three or more; 0 where there are
// fewer.
std::size_t spaced_periods(TextView text, std::size_t start) {
  std::size_t count = 0;
  std::size_t i = start;
  while (i < text.size() && text[i] == U'.') {
    ++count;
    if (i + 1 >= text.size() || !is_space(text[i + 1])) break;
    i += 2;
  }
  return count >= 3 ? 2 * count - 1 : 0;
}

// Length of the dashes or full stops at `start` that make one mark, 0 where there are none.
std::size_t long_mark(TextView text, std::size_t start) {
  const std::size_t same = std::max(run_of(text, start, U'-'), run_of(text, start, U'.'));
  return same >= 2 ? same : spaced_periods(text, start);
}

// Whether a word may end before `i`.
bool ends_word(TextView text, std::size_t i) {
  const auto closes = [&](std::size_t at) {
    return at >= text.size() || is_space(text[at]) || is_non_word_mark(text[at]) ||
           long_mark(text, at) > 0;
  };
  return closes(i) || (text[i] == U',' && closes(i + 1));
}

std::size_t token_length(TextView line, std::size_t start) {
  if (const std::size_t mark = long_mark(line, start)) return mark;
  if (contains(kNoWordStart, line[start])) return 1;
  std::size_t end = start + 1;
  while (!ends_word(line, end)) ++end;
  return end - start;
}

void add_line(TextView line, std::vector<PunktToken>& tokens) {
  for (std::size_t i = 0; i < line.size();) {
    if (is_space(line[i])) {
      ++i;
      continue;
    }
    const std::size_t length = token_length(line, i);
    tokens.emplace_back(line.substr(i, length));
    i += length;
  }
}

// -?[.,]?\d[\d,.-]*\.? from end to end.
bool looks_numeric(TextView text) {
  if (text.starts_with(U'-')) text.remove_prefix(1);
  if (text.starts_with(U'.') || text.starts_with(U',')) text.remove_prefix(1);
  if (text.empty() || !is_digit(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char32_t c) { return is_digit(c) || contains(U",.-", c); });
}

bool is_all_periods(TextView text) {
  return text.size() >= 2 && run_of(text, 0, U'.') == text.size();
}

bool is_known_abbreviation(TextView token) {
  const Text word = lower(token.substr(0, token.size() - 1));
  if (is_abbreviation(word)) return true;
  const std::size_t dash = word.rfind(U'-');
  return dash != Text::npos && is_abbreviation(TextView(word).substr(dash + 1));
}

}  // namespace

bool is_non_word_mark(char32_t c) {
  return contains(kNonWordMarks, c);
}

PunktToken::PunktToken(TextView token)
    : text(token),
      type(looks_numeric(token) ? Text(kNumberType) : lower(token)),
      break_after(false),
      abbreviation(false),
      ellipsis(is_all_periods(token)) {
  const bool period = ends_in_period() && !token.ends_with(U"..");
  abbreviation = period && token.size() > 1 && is_known_abbreviation(token);
  const bool mark = token == U"?" || token == U"!";
  break_after = mark || (period && !abbreviation);
}

bool PunktToken::is_initial() const {
  return text.size() == 2 && text[1] == U'.' && is_word(text[0]) && !is_digit(text[0]);
}

bool PunktToken::is_number() const {
  return type == kNumberType;
}

TextView PunktToken::bare_type() const {
  const TextView view = type;
  return view.size() > 1 && view.back() == U'.' ? view.substr(0, view.size() - 1) : view;
}

std::vector<PunktToken> punkt_tokens(TextView text) {
  std::vector<PunktToken> tokens;
  for (const TextView line : split_at(text, U"\n")) add_line(line, tokens);
  return tokens;
}

}  // namespace tess2::eval
