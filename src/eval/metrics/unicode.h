// Text as the official metrics see it: a sequence of Unicode characters, with Python's notions of
// white space, words and case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tess2::eval {

/// Characters, one value each.
using Text = std::u32string;
/// A part of a Text that outlives it.
using TextView = std::u32string_view;

/// The characters of `utf8`; U+FFFD stands for each byte that belongs to none.
Text decode(std::string_view utf8);
std::string encode(TextView text);

bool is_space(char32_t c);
/// Letters, numbers and the underscore: what `\w` matches in Python. Vowel signs are not.
bool is_word(char32_t c);
/// Decimal digits of any script: what `\d` matches.
bool is_digit(char32_t c);
bool is_upper(char32_t c);
bool is_lower(char32_t c);

/// The small letter of a capital one where that is one character, else `c`.
char32_t lower(char32_t c);
/// As Python's `str.lower`, with its two special cases: İ becomes two characters, and Σ at the end
/// of a word ς.
Text lower(TextView text);

/// As Python's `str.isupper`: something has case and all that has is upper case.
bool all_upper(TextView text);
/// As Python's `str.islower`.
bool all_lower(TextView text);

TextView strip_left(TextView text);
TextView strip_right(TextView text);
/// Without white space at both ends.
TextView strip(TextView text);

/// The parts between white space; none is empty.
std::vector<TextView> split_at_space(TextView text);
/// The parts between each `separator`, found from the left; they may be empty.
std::vector<TextView> split_at(TextView text, TextView separator);

/// `text` with each `from` left out.
Text without(TextView text, char32_t from);

/// Whether the place before `text[position]` is the edge of a word (`\b`); `position` may be the
/// end.
bool is_word_edge(TextView text, std::size_t position);

/// First place at or after `from` where `text` has `sought`, whatever the case of either; npos
/// where there is none.
std::size_t find_any_case(TextView text, TextView sought, std::size_t from = 0);

}  // namespace tess2::eval
