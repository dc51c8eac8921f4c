#include "eval/metrics/language.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "eval/metrics/language_words.h"

namespace tess2::eval {
namespace {

using Languages = std::span<const LanguageMarks>;

// What a letter of a language's own is worth beside a frequent word that no other language has.
constexpr double kLetterWeight = 0.2;

constexpr double kEndingWeight = 0.3;

// Fewer English words than this are too few: the official identifier then mostly names another
// language.
constexpr std::size_t kFewestWords = 2;

// A language other than English is believed of a text in capitals from this score on.
constexpr double kClearScore = 2.0;

// Of a word in capitals the official identifier sees only its first letter and its last ones, and
// takes many an English text for German. What each letter, A to Z, says for English was fitted to
// its verdicts on English texts of 1 to 30 words; their sum is right for five in six of them.
constexpr double kCapitalsBias = -2.3;
constexpr std::array<double, 26> kFirstCapital = {
    0.3, -0.3, 1.8,  -1.0, -0.3, 0.5, -0.3, -0.1, 1.6,  0.7, -1.6, -0.3, -0.1,
    0.0, 0.0,  -0.3, -0.6, 0.6,  0.0, 1.2,  0.4,  -1.5, 0.3, -0.1, 0.6,  -0.6};
constexpr std::array<double, 26> kLastCapital = {0.3,  -0.3, 0.3,  0.2, 0.5,  0.1, -0.9, -0.8, -0.1,
                                                 0.0,  0.9,  0.7,  0.5, -0.5, 0.3, 0.5,  0.2,  0.1,
                                                 -0.2, 0.7,  -0.5, 0.0, 0.5,  0.0, -0.2, 0.0};

enum class Script { kNone, kLatin, kCyrillic, kArabic, kDevanagari, kHan, kKana, kOther };

struct ScriptRange {
  char32_t first;
  char32_t last;
  Script script;
  std::string_view code;  ///< the one language of the script, where there is one
};

constexpr auto kScripts = std::to_array<ScriptRange>({
    {0x370, 0x3ff, Script::kOther, "el"},   {0x400, 0x52f, Script::kCyrillic, ""},
    {0x590, 0x5ff, Script::kOther, "he"},   {0x600, 0x6ff, Script::kArabic, ""},
    {0x750, 0x77f, Script::kArabic, ""},    {0x900, 0x97f, Script::kDevanagari, ""},
    {0x980, 0x9ff, Script::kOther, "bn"},   {0xa00, 0xa7f, Script::kOther, "pa"},
    {0xa80, 0xaff, Script::kOther, "gu"},   {0xb80, 0xbff, Script::kOther, "ta"},
    {0xc00, 0xc7f, Script::kOther, "te"},   {0xc80, 0xcff, Script::kOther, "kn"},
    {0xd00, 0xd7f, Script::kOther, "ml"},   {0xe00, 0xe7f, Script::kOther, "th"},
    {0x1100, 0x11ff, Script::kOther, "ko"}, {0x1e00, 0x1eff, Script::kLatin, ""},
    {0x3040, 0x30ff, Script::kKana, ""},    {0x3130, 0x318f, Script::kOther, "ko"},
    {0x4e00, 0x9fff, Script::kHan, ""},     {0xac00, 0xd7af, Script::kOther, "ko"},
    {0xfb50, 0xfdff, Script::kArabic, ""},  {0xfe70, 0xfeff, Script::kArabic, ""},
});

const ScriptRange* script_range(char32_t c) {
  const auto found = std::find_if(kScripts.begin(), kScripts.end(), [&](const ScriptRange& range) {
    return c >= range.first && c <= range.last;
  });
  return found == kScripts.end() ? nullptr : &*found;
}

// Marks inside the ranges of scripts: the danda, and the comma, semicolon, question mark and full
// stop of Arabic.
constexpr TextView kScriptMarks = U"\u0964\u0965\u060c\u061b\u061f\u06d4";

Script script_of(char32_t c) {
  if (kScriptMarks.find(c) != TextView::npos || is_digit(c)) return Script::kNone;
  if (const ScriptRange* range = script_range(c)) return range->script;
  return c < 0x250 && (is_upper(c) || is_lower(c)) ? Script::kLatin : Script::kNone;
}

/// How many characters of each script a text has, and of each language that has its own.
struct Census {
  std::map<Script, std::size_t> scripts;
  std::map<std::string_view, std::size_t> own;
  std::size_t foreign = 0;  ///< not Latin

  explicit Census(TextView text) {
    for (const char32_t c : text) {
      const Script script = script_of(c);
      if (script == Script::kNone) continue;
      ++scripts[script];
      foreign += script == Script::kLatin ? 0 : 1;
      if (script == Script::kOther) ++own[script_range(c)->code];
    }
  }

  std::size_t of(Script script) const {
    const auto found = scripts.find(script);
    return found == scripts.end() ? 0 : found->second;
  }
};

bool has_word(TextView words, TextView word) {
  return words.find(Text(U" ").append(word).append(U" ")) != TextView::npos;
}

// Words in small letters, apostrophes within and marks of vowels included.
std::vector<Text> words_of(TextView text) {
  std::vector<Text> words;
  Text word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(lower(word));
    word.clear();
  };
  for (const char32_t c : text) {
    const bool apostrophe = (c == U'\'' || c == U'\u2019') && !word.empty();
    if (script_of(c) != Script::kNone || apostrophe) {
      word += apostrophe ? U'\'' : c;
    } else {
      end_word();
    }
  }
  end_word();
  return words;
}

// Whether `word` ends with one of `endings`, and has more than that.
bool has_ending(TextView endings, TextView word) {
  const auto all = split_at_space(endings);
  return std::any_of(all.begin(), all.end(), [&](TextView ending) {
    return word.size() > ending.size() + 1 && word.ends_with(ending);
  });
}

// Each word counts for the languages that have it, the less the more they are; so do endings and
// letters.
std::vector<double> evidence(const std::vector<Text>& words, Languages languages) {
  std::vector<double> score(languages.size(), 0.0);
  const auto share = [&](double weight, const auto& has) {
    const auto owners = std::count_if(languages.begin(), languages.end(), has);
    for (std::size_t i = 0; i < languages.size() && owners > 0; ++i) {
      if (has(languages[i])) score[i] += weight / static_cast<double>(owners);
    }
  };
  for (const Text& word : words) {
    share(1.0, [&](const LanguageMarks& marks) { return has_word(marks.words, word); });
    share(kEndingWeight,
          [&](const LanguageMarks& marks) { return has_ending(marks.endings, word); });
    for (const char32_t c : word) {
      share(kLetterWeight,
            [&](const LanguageMarks& marks) { return marks.letters.find(c) != TextView::npos; });
    }
  }
  return score;
}

struct Guess {
  std::string_view code;
  double score = 0.0;
};

// Where nothing tells: `otherwise`.
Guess likeliest(const std::vector<Text>& words, Languages languages, std::string_view otherwise) {
  const auto score = evidence(words, languages);
  const auto best = std::max_element(score.begin(), score.end());
  if (*best <= 0.0) return {otherwise};
  return {languages[static_cast<std::size_t>(best - score.begin())].code, *best};
}

double letter_weight(const std::array<double, 26>& weights, char32_t small) {
  return small >= U'a' && small <= U'z' ? weights[small - U'a'] : 0.0;
}

bool capitals_look_english(const std::vector<Text>& words) {
  double sum = kCapitalsBias;
  for (const Text& word : words) {
    sum += letter_weight(kFirstCapital, word.front());
    if (word.size() > 1) sum += letter_weight(kLastCapital, word.back());
  }
  return sum > 0.0;
}

std::string_view latin_language(TextView text) {
  const auto words = words_of(text);
  const Guess guess = likeliest(words, latin_languages(), "");
  if (all_upper(text) && (guess.code == "en" || guess.score < kClearScore)) {
    return capitals_look_english(words) ? "en" : "";
  }
  return guess.code == "en" && words.size() < kFewestWords ? "" : guess.code;
}

std::string_view own_script_language(const Census& census) {
  const auto best =
      std::max_element(census.own.begin(), census.own.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  return best == census.own.end() ? "" : best->first;
}

std::string_view language_of(Script script, TextView text, const Census& census) {
  switch (script) {
    case Script::kLatin:
      return latin_language(text);
    case Script::kCyrillic:
      return likeliest(words_of(text), cyrillic_languages(), "ru").code;
    case Script::kArabic:
      return likeliest(words_of(text), arabic_languages(), "ar").code;
    case Script::kDevanagari:
      return likeliest(words_of(text), devanagari_languages(), "hi").code;
    case Script::kHan:
      return census.of(Script::kKana) > 0 ? "ja" : "zh-cn";
    case Script::kKana:
      return "ja";
    default:
      return own_script_language(census);
  }
}

}  // namespace

std::optional<std::string_view> detect_language(TextView text) {
  const Census census(text);
  Script most = Script::kNone;
  for (const auto& [script, count] : census.scripts) {
    // Latin letters count for nothing beside twice as many others.
    if (script == Script::kLatin && 2 * count < census.foreign) continue;
    if (most == Script::kNone || count > census.of(most)) most = script;
  }
  if (most == Script::kNone) return std::nullopt;
  return language_of(most, text, census);
}

}  // namespace tess2::eval
