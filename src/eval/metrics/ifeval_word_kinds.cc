#include <algorithm>

#include "eval/metrics/ifeval_kinds.h"
#include "eval/metrics/language.h"
#include "eval/metrics/sentences.h"

namespace tess2::eval {
namespace {

constexpr TextView::size_type kNowhere = TextView::npos;

std::size_t count_any_case(TextView text, TextView word) {
  if (word.empty()) return text.size() + 1;
  std::size_t count = 0;
  for (std::size_t at = find_any_case(text, word); at != kNowhere;
       at = find_any_case(text, word, at + word.size())) {
    ++count;
  }
  return count;
}

bool has_whole_word(TextView text, TextView word) {
  for (std::size_t at = find_any_case(text, word); at != kNowhere;
       at = find_any_case(text, word, at + 1)) {
    if (is_word_edge(text, at) && is_word_edge(text, at + word.size())) return true;
  }
  return false;
}

// Keywords may be parts of words.
Check keywords(const Arguments& arguments) {
  return [words = arguments.texts("keywords")](TextView response) {
    return std::all_of(words.begin(), words.end(),
                       [&](const Text& word) { return find_any_case(response, word) != kNowhere; });
  };
}

Check keyword_frequency(const Arguments& arguments) {
  const Text word(strip(arguments.text("keyword")));
  const Limit limit(arguments, "frequency", "relation");
  return [=](TextView response) { return limit.holds(count_any_case(response, word)); };
}

Check forbidden_words(const Arguments& arguments) {
  return [words = arguments.texts("forbidden_words")](TextView response) {
    return std::none_of(words.begin(), words.end(),
                        [&](const Text& word) { return has_whole_word(response, word); });
  };
}

Check letter_frequency(const Arguments& arguments) {
  const Text letter = lower(strip(arguments.text("letter")));
  if (letter.size() != 1) arguments.fail("letter", "one character", std::to_string(letter.size()));
  const Limit limit(arguments, "let_frequency", "let_relation");
  return [=, c = letter.front()](TextView response) {
    const Text small = lower(response);
    return limit.holds(static_cast<std::size_t>(std::count(small.begin(), small.end(), c)));
  };
}

// A text without letters has no language, and counts as right.
bool is_language(TextView response, std::string_view code) {
  const auto found = detect_language(response);
  return !found || *found == code;
}

Check response_language(const Arguments& arguments) {
  return [code = encode(arguments.text("language"))](TextView response) {
    return is_language(response, code);
  };
}

Check english_capital(const Arguments&) {
  return [](TextView response) { return all_upper(response) && is_language(response, "en"); };
}

Check english_lowercase(const Arguments&) {
  return [](TextView response) { return all_lower(response) && is_language(response, "en"); };
}

std::size_t count_capital_words(TextView text) {
  std::size_t count = 0;
  for (const TextView sentence : split_sentences(text)) {
    const auto tokens = split_tokens(sentence);
    count += static_cast<std::size_t>(std::count_if(tokens.begin(), tokens.end(), all_upper));
  }
  return count;
}

Check capital_word_frequency(const Arguments& arguments) {
  const Limit limit(arguments, "capital_frequency", "capital_relation");
  return [=](TextView response) { return limit.holds(count_capital_words(response)); };
}

Check no_comma(const Arguments&) {
  return [](TextView response) { return response.find(U',') == kNowhere; };
}

constexpr InstructionKind kKinds[] = {
    {"keywords:existence", keywords},
    {"keywords:frequency", keyword_frequency},
    {"keywords:forbidden_words", forbidden_words},
    {"keywords:letter_frequency", letter_frequency},
    {"language:response_language", response_language},
    {"change_case:english_capital", english_capital},
    {"change_case:english_lowercase", english_lowercase},
    {"change_case:capital_word_frequency", capital_word_frequency},
    {"punctuation:no_comma", no_comma},
};

}  // namespace

std::span<const InstructionKind> word_kinds() {
  return kKinds;
}

}  // namespace tess2::eval
