// The word splitter: substitutions one after the other, each of which puts spaces where words part.
#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include "eval/metrics/sentences.h"

namespace tess2::eval {
namespace {

constexpr TextView kOpeningQuotes = U"\u00ab\u201c\u2018\u201e";
constexpr TextView kClosingQuotes = U"\u00bb\u201d\u2019";
constexpr TextView kAfterPeriod = U"])}>\"' \u00bb\u201d\u2019";
constexpr TextView kOpenMark = U"``";
constexpr TextView kCloseMark = U"''";

bool contains(TextView set, char32_t c) {
  return set.find(c) != TextView::npos;
}

/// What stands at a place and what takes its stead.
struct Match {
  std::size_t length = 0;  ///< 0: nothing
  Text replacement = {};
};

using Matcher = std::function<Match(TextView text, std::size_t at)>;

Text substitute(TextView text, const Matcher& match) {
  Text out;
  for (std::size_t i = 0; i < text.size();) {
    const Match found = match(text, i);
    if (found.length == 0) {
      out += text[i++];
    } else {
      out += found.replacement;
      i += found.length;
    }
  }
  return out;
}

Text spaced(TextView mark) {
  return Text(U" ").append(mark).append(U" ");
}

Text pad_each(TextView text, TextView marks) {
  return substitute(text, [&](TextView all, std::size_t i) {
    return contains(marks, all[i]) ? Match{1, spaced(all.substr(i, 1))} : Match{};
  });
}

// Runs of at least `least` of the character.
Text pad_runs(TextView text, char32_t c, std::size_t least) {
  return substitute(text, [&](TextView all, std::size_t i) {
    const std::size_t end = std::min(all.find_first_not_of(c, i), all.size());
    return end - i >= least ? Match{end - i, spaced(all.substr(i, end - i))} : Match{};
  });
}

Text pad_string(TextView text, TextView string, TextView mark) {
  return substitute(text, [&](TextView all, std::size_t i) {
    return all.substr(i).starts_with(string) ? Match{string.size(), spaced(mark)} : Match{};
  });
}

// A double quote, or two single ones, after a space or an opening bracket.
Match opening_quote(TextView text, std::size_t i) {
  if (!contains(U" ([{<", text[i])) return {};
  const TextView rest = text.substr(i + 1);
  const std::size_t length = rest.starts_with(U"\"") ? 1 : rest.starts_with(kCloseMark) ? 2 : 0;
  if (length == 0) return {};
  return {1 + length, Text(1, text[i]) + spaced(kOpenMark)};
}

// 'x where x is a whole word of one character and no clitic.
Match quoted_character(TextView text, std::size_t i) {
  if (text[i] != U'\'' || i + 1 >= text.size() || !is_word(text[i + 1])) return {};
  if (!is_word_edge(text, i + 2) || contains(U"mtsdn", lower(text[i + 1]))) return {};
  return {2, {U'\'', U' ', text[i + 1]}};
}

Text split_opening_quotes(TextView text) {
  Text out = pad_runs(pad_each(text, kOpeningQuotes), U'`', 1);
  if (out.starts_with(U'"')) out.replace(0, 1, kOpenMark);
  out = substitute(pad_string(out, kOpenMark, kOpenMark), opening_quote);
  return substitute(out, quoted_character);
}

// The full stop at the end of the sentence, past closing quotes and brackets.
Text split_final_period(TextView text) {
  const TextView whole = strip_right(text);
  std::size_t end = whole.size();
  while (end > 0 && contains(kAfterPeriod, whole[end - 1])) --end;
  if (end < 2 || whole[end - 1] != U'.' || whole[end - 2] == U'.') return Text(text);
  Text out(whole.substr(0, end - 1));
  return out.append(U" . ").append(whole.substr(end)).append(U" ");
}

// A colon or comma, unless a digit follows.
Match colon(TextView text, std::size_t i) {
  if (text[i] != U':' && text[i] != U',') return {};
  if (i + 1 == text.size()) return {1, spaced(text.substr(i))};
  if (is_digit(text[i + 1])) return {};
  return {2, {U' ', text[i], U' ', text[i + 1]}};
}

// A single quote before a space.
Match trailing_quote(TextView text, std::size_t i) {
  if (text[i] == U'\'' || !text.substr(i + 1).starts_with(U"' ")) return {};
  return {3, {text[i], U' ', U'\'', U' '}};
}

Text split_punctuation(TextView text) {
  Text out = substitute(split_final_period(text), colon);
  out = pad_each(pad_runs(out, U'.', 2), U";@#$%&");
  out = substitute(pad_each(out, U"?!"), trailing_quote);
  out = pad_each(pad_each(out, U"*"), U"][(){}<>");
  return pad_string(out, U"--", U"--");
}

// The clitic and the space after it that begin `text`, or 0.
std::size_t clitic(TextView text, std::span<const TextView> clitics) {
  for (const TextView one : clitics) {
    if (text.starts_with(one) && text.substr(one.size()).starts_with(U' ')) return one.size() + 1;
  }
  return 0;
}

Text split_clitics(TextView text, std::span<const TextView> clitics) {
  return substitute(text, [&](TextView all, std::size_t i) {
    if (contains(U"' ", all[i])) return Match{};
    const std::size_t length = clitic(all.substr(i + 1), clitics);
    if (length == 0) return Match{};
    Text parted{all[i], U' '};
    return Match{1 + length, parted.append(all.substr(i + 1, length))};
  });
}

constexpr std::array<TextView, 7> kShortClitics = {U"'s", U"'S", U"'m", U"'M", U"'d", U"'D", U"'"};
constexpr std::array<TextView, 8> kLongClitics = {U"'ll", U"'LL", U"'re", U"'RE",
                                                  U"'ve", U"'VE", U"n't", U"N'T"};

/// Two words written as one.
struct Contraction {
  TextView first;
  TextView second;
};

constexpr std::array<Contraction, 7> kContractions = {{{U"can", U"not"},
                                                       {U"d", U"'ye"},
                                                       {U"gim", U"me"},
                                                       {U"gon", U"na"},
                                                       {U"got", U"ta"},
                                                       {U"lem", U"me"},
                                                       {U"more", U"'n"}}};

bool has_here(TextView text, std::size_t i, TextView word) {
  return lower(text.substr(i, word.size())) == word;
}

Match contraction(TextView text, std::size_t i, const Contraction& pair) {
  const std::size_t middle = i + pair.first.size();
  if (!has_here(text, i, pair.first) || middle >= text.size()) return {};
  if (!has_here(text, middle, pair.second)) return {};
  const TextView first = text.substr(i, pair.first.size());
  const TextView second = text.substr(middle, pair.second.size());
  return {first.size() + second.size(), spaced(first).append(second).append(U" ")};
}

// "gonna", "cannot": whole words.
Match whole_contraction(TextView text, std::size_t i) {
  if (!is_word_edge(text, i)) return {};
  for (const Contraction& pair : kContractions) {
    const Match found = contraction(text, i, pair);
    if (found.length > 0 && is_word_edge(text, i + found.length)) return found;
  }
  const Match wanna = contraction(text, i, {U"wan", U"na"});
  const std::size_t end = i + wanna.length;
  return wanna.length > 0 && end < text.size() && is_space(text[end]) ? wanna : Match{};
}

// " 'tis", " 'twas".
Match it_contraction(TextView text, std::size_t i) {
  if (text[i] != U' ' || i + 1 >= text.size()) return {};
  for (const TextView verb : {TextView(U"is"), TextView(U"was")}) {
    Match found = contraction(text, i + 1, {U"'t", verb});
    if (found.length == 0 || !is_word_edge(text, i + 1 + found.length)) continue;
    return {found.length + 1, found.replacement};
  }
  return {};
}

Text split_ends(TextView text) {
  Text out = pad_each(spaced(text), kClosingQuotes);
  out = pad_string(pad_string(out, kCloseMark, kCloseMark), U"\"", kCloseMark);
  out = split_clitics(split_clitics(out, kShortClitics), kLongClitics);
  return substitute(substitute(out, whole_contraction), it_contraction);
}

}  // namespace

std::vector<Text> split_tokens(TextView sentence) {
  const Text text = split_ends(split_punctuation(split_opening_quotes(sentence)));
  const auto parts = split_at_space(text);
  return {parts.begin(), parts.end()};
}

}  // namespace tess2::eval
