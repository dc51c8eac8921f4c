#include "data/synth/check.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>

#include "data/synth/instruction.h"
#include "data/synth/phrase.h"
#include "data/synth/split.h"

namespace tess2::data::synth {
namespace {

constexpr std::ptrdiff_t kMinSentences = 3;

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

bool check_answer(std::string_view task, std::string_view answer, std::string_view output) {
  return find_task(task).check(answer, output);
}

bool is_exact(std::string_view answer, std::string_view output) {
  return normalise(output) == normalise(answer);
}

bool has_result(std::string_view answer, std::string_view output) {
  const bool named = output.find("answer") != std::string_view::npos;
  return is_exact(answer, after_last(output, named ? "answer" : "="));
}

bool is_story_with_words(std::string_view answer, std::string_view output) {
  const auto is_end = [](char c) { return c == '.' || c == '!' || c == '?'; };
  if (std::count_if(output.begin(), output.end(), is_end) < kMinSentences) return false;
  const auto wanted = words_of(answer);
  const auto present = words_of(output);
  return std::includes(present.begin(), present.end(), wanted.begin(), wanted.end());
}

}  // namespace tess2::data::synth
