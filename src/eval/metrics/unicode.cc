#include "eval/metrics/unicode.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "eval/metrics/unicode_tables.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

constexpr char32_t kCapitalSigma = U'\u03a3';
constexpr char32_t kFinalSigma = U'\u03c2';
constexpr char32_t kDottedCapitalI = U'\u0130';
constexpr TextView kDottedSmallI = U"i\u0307";

/// The range that `c` lies in or past, by its first character; nullptr before all.
template <class Range>
const Range* candidate(std::span<const Range> ranges, char32_t c) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), c,
                       [](char32_t value, const Range& range) { return value < range.first; });
  return after == ranges.begin() ? nullptr : &*std::prev(after);
}

const CaseRange* find_case(std::span<const CaseRange> ranges, char32_t c) {
  const CaseRange* range = candidate(ranges, c);
  if (range == nullptr || c > range->last) return nullptr;
  return (c - range->first) % static_cast<char32_t>(range->stride) == 0 ? range : nullptr;
}

bool is_title(char32_t c) {
  return find_case(kTitleRanges, c) != nullptr;
}

bool has_case(char32_t c) {
  return is_upper(c) || is_lower(c) || is_title(c);
}

// Σ ends a word where a letter stands before it and none after it.
bool is_final(TextView text, std::size_t i) {
  const bool before = i > 0 && has_case(text[i - 1]);
  const bool after = i + 1 < text.size() && has_case(text[i + 1]);
  return before && !after;
}

// True where every character with case passes `is_right` and there is one.
bool all_cased(TextView text, bool (*is_right)(char32_t)) {
  bool any = false;
  for (const char32_t c : text) {
    if (!has_case(c)) continue;
    if (!is_right(c)) return false;
    any = true;
  }
  return any;
}

char32_t decode_one(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0);
  char32_t value = byte(0) & (0xffU >> (character.size() + 1));
  for (std::size_t i = 1; i < character.size(); ++i) value = value << 6 | (byte(i) & 0x3fU);
  return value;
}

}  // namespace

Text decode(std::string_view utf8) {
  Text out;
  out.reserve(utf8.size());
  while (!utf8.empty()) {
    const std::size_t length = text::utf8_length(utf8);
    out += length == 0 ? U'\ufffd' : decode_one(utf8.substr(0, length));
    utf8.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::string encode(TextView text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : text) {
    const auto put = [&](char32_t bits) { out += static_cast<char>(bits); };
    const auto tail = [&](int shift) { put(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xc0 | c >> 6), tail(0);
    } else if (c < 0x10000) {
      put(0xe0 | c >> 12), tail(6), tail(0);
    } else {
      put(0xf0 | c >> 18), tail(12), tail(6), tail(0);
    }
  }
  return out;
}

bool is_space(char32_t c) {
  if (c <= U' ') return (c >= U'\t' && c <= U'\r') || (c >= 0x1c && c <= U' ');
  if (c < 0x1680) return c == 0x85 || c == 0xa0;
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
         c == 0x205f || c == 0x3000;
}

bool is_word(char32_t c) {
  const CharacterRange* range = candidate<CharacterRange>(kWordRanges, c);
  return range != nullptr && c <= range->last;
}

bool is_digit(char32_t c) {
  const auto after = std::upper_bound(std::begin(kZeros), std::end(kZeros), c);
  return after != std::begin(kZeros) && c - *std::prev(after) < 10;
}

bool is_upper(char32_t c) {
  return find_case(kUpperRanges, c) != nullptr;
}

bool is_lower(char32_t c) {
  return find_case(kLowerRanges, c) != nullptr;
}

char32_t lower(char32_t c) {
  const CaseRange* range = find_case(kUpperRanges, c);
  if (range == nullptr) range = find_case(kTitleRanges, c);
  return range == nullptr ? c : c + static_cast<char32_t>(range->to_lower);
}

Text lower(TextView text) {
  Text out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == kDottedCapitalI) {
      out += kDottedSmallI;
    } else {
      out += text[i] == kCapitalSigma && is_final(text, i) ? kFinalSigma : lower(text[i]);
    }
  }
  return out;
}

bool all_upper(TextView text) {
  return all_cased(text, is_upper);
}

bool all_lower(TextView text) {
  return all_cased(text, is_lower);
}

TextView strip_left(TextView text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

TextView strip_right(TextView text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

TextView strip(TextView text) {
  return strip_left(strip_right(text));
}

std::vector<TextView> split_at_space(TextView text) {
  std::vector<TextView> parts;
  for (text = strip_left(text); !text.empty(); text = strip_left(text)) {
    const auto end = std::find_if(text.begin(), text.end(), is_space);
    const auto length = static_cast<std::size_t>(end - text.begin());
    parts.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return parts;
}

std::vector<TextView> split_at(TextView text, TextView separator) {
  std::vector<TextView> parts;
  for (;;) {
    const std::size_t found = text.find(separator);
    parts.push_back(text.substr(0, found));
    if (found == TextView::npos) return parts;
    text.remove_prefix(found + separator.size());
  }
}

Text without(TextView text, char32_t from) {
  Text out(text);
  std::erase(out, from);
  return out;
}

bool is_word_edge(TextView text, std::size_t position) {
  const bool before = position > 0 && is_word(text[position - 1]);
  const bool after = position < text.size() && is_word(text[position]);
  return before != after;
}

std::size_t find_any_case(TextView text, TextView sought, std::size_t from) {
  if (from > text.size()) return TextView::npos;
  const auto same = [](char32_t a, char32_t b) { return a == b || lower(a) == lower(b); };
  const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
  const auto found = std::search(begin, text.end(), sought.begin(), sought.end(), same);
  if (found == text.end() && !sought.empty()) return TextView::npos;
  return static_cast<std::size_t>(found - text.begin());
}

}  // namespace tess2::eval
