#include "data/synth/check.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "data/synth/phrase.h"
#include "data/synth/split.h"

namespace tess2::data::synth {
namespace {

constexpr std::ptrdiff_t kMinSentences = 3;
constexpr std::string_view kAnswerMark = "answer";

/// What follows the last `mark` in `text`; all of it where there is none.
std::string_view after_last(std::string_view text, std::string_view mark) {
  const std::size_t at = text.rfind(mark);
  return at == std::string_view::npos ? text : text.substr(at + mark.size());
}

std::set<std::string> words_of(std::string_view text) {
  std::string letters(normalise(text));
  for (char& c : letters) {
    if (std::isalpha(static_cast<unsigned char>(c)) == 0) c = ' ';
  }
  const auto words = split_words(letters);
  return {words.begin(), words.end()};
}

}  // namespace

bool check_answer(std::string_view task, const Attempt& attempt) {
  return find_task(task).check(attempt);
}

std::string_view marked_answer(std::string_view output) {
  return after_last(output, kAnswerMark);
}

bool is_exact(const Attempt& attempt) {
  return normalise(attempt.output) == normalise(attempt.answer);
}

bool has_result(const Attempt& attempt) {
  const auto output = attempt.output;
  const bool marked = output.find(kAnswerMark) != std::string_view::npos;
  return is_exact({.prompt = attempt.prompt,
                   .answer = attempt.answer,
                   .output = marked ? marked_answer(output) : after_last(output, "=")});
}

bool is_story_with_words(const Attempt& attempt) {
  const auto is_end = [](char c) { return c == '.' || c == '!' || c == '?'; };
  if (std::ranges::count_if(attempt.output, is_end) < kMinSentences) return false;
  const auto wanted = words_of(attempt.answer);
  const auto present = words_of(attempt.output);
  return std::includes(present.begin(), present.end(), wanted.begin(), wanted.end());
}

}  // namespace tess2::data::synth
