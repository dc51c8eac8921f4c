// Frequent words of the languages that share a script with others.
#pragma once

#include <span>
#include <string_view>

#include "eval/metrics/unicode.h"

namespace tess2::eval {

/// What tells one language from others of its script.
struct LanguageMarks {
  std::string_view code;  ///< ISO 639-1
  TextView words;         ///< frequent words, with one space before and after each
  TextView letters;       ///< letters that it has and most others have not, small
  TextView endings;       ///< frequent endings of words, with one space before and after each
};

std::span<const LanguageMarks> latin_languages();
std::span<const LanguageMarks> cyrillic_languages();
std::span<const LanguageMarks> arabic_languages();
std::span<const LanguageMarks> devanagari_languages();

}  // namespace tess2::eval
