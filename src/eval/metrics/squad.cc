#include "eval/metrics/squad.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "eval/metrics/unicode.h"

namespace tess2::eval {
namespace {

constexpr TextView kPunctuation = U"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr TextView kQuotes = U"\u2018\u2019\u00b4`";

bool contains(TextView set, char32_t c) {
  return set.find(c) != TextView::npos;
}

Text without_punctuation(TextView text, AnswerForm form) {
  Text out;
  for (const char32_t c : text) {
    const bool spaced = form == AnswerForm::kTriviaQa;
    const bool dropped = contains(kPunctuation, c) || (spaced && contains(kQuotes, c));
    if (!dropped) out += c;
    if (dropped && spaced) out += U' ';
  }
  return out;
}

// Length of the article that is a whole word at `start`, 0 where there is none.
std::size_t article_at(TextView text, std::size_t start) {
  if (!is_word_edge(text, start)) return 0;
  for (const TextView article : {TextView(U"a"), TextView(U"an"), TextView(U"the")}) {
    const bool here = text.substr(start).starts_with(article);
    if (here && is_word_edge(text, start + article.size())) return article.size();
  }
  return 0;
}

Text without_articles(TextView text) {
  Text out;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = article_at(text, i);
    out += length > 0 ? U' ' : text[i];
    i += std::max<std::size_t>(length, 1);
  }
  return out;
}

using Words = std::vector<Text>;

// In order of their places.
Words words_of(std::string_view answer, AnswerForm form) {
  const Text text = without_articles(without_punctuation(lower(decode(answer)), form));
  const auto parts = split_at_space(text);
  return {parts.begin(), parts.end()};
}

double shared_words(Words a, Words b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  Words both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return static_cast<double>(both.size());
}

double f1(const Words& prediction, const Words& gold) {
  const double shared = shared_words(prediction, gold);
  if (shared == 0.0) return 0.0;
  const double precision = shared / static_cast<double>(prediction.size());
  const double recall = shared / static_cast<double>(gold.size());
  return 2.0 * precision * recall / (precision + recall);
}

}  // namespace

std::string normalized_answer(std::string_view answer, AnswerForm form) {
  std::string out;
  for (const Text& word : words_of(answer, form)) {
    if (!out.empty()) out += ' ';
    out += encode(word);
  }
  return out;
}

AnswerScore score_answer(std::string_view prediction, std::span<const std::string> gold,
                         AnswerForm form) {
  AnswerScore best;
  const Words found = words_of(prediction, form);
  for (const std::string& answer : gold) {
    const Words expected = words_of(answer, form);
    best.exact_match = std::max(best.exact_match, found == expected ? 1.0 : 0.0);
    best.f1 = std::max(best.f1, f1(found, expected));
  }
  return best;
}

}  // namespace tess2::eval
