// Count letters, words, and things.
#include <algorithm>
#include <array>

#include "data/synth/draws.h"
#include "data/synth/phrase.h"
#include "data/synth/tasks.h"
#include "data/synth/words.h"

namespace tess2::data::synth {
namespace {

constexpr std::int64_t kMaxOfOneThing = 9;

template <std::size_t N>
Instruction count_task(const std::array<std::string_view, N>& phrasings, const Blanks& blanks,
                       std::int64_t count, Rng& rng) {
  Instruction task;
  // The first way to ask stands for all of them.
  task.problem = fill(phrasings.front(), blanks);
  task.prompt = fill(rng.pick(phrasings), blanks);
  task.answer = std::to_string(count);
  task.reply = task.answer;
  return task;
}

Instruction count_letters(Rng& rng) {
  static constexpr std::array<std::string_view, 3> kPhrasings{
      "How many letters are in the word {word}?", "Count the letters of {word}.",
      "How long is the word {word}?"};
  const std::string word(rng.pick(kListWords));
  return count_task(kPhrasings, {{"word", word}}, static_cast<std::int64_t>(word.size()), rng);
}

Instruction count_words(std::int64_t max_words, Rng& rng) {
  static constexpr std::array<std::string_view, 3> kPhrasings{
      "How many words are here: {words}", "Count the words: {words}",
      "Say how many words there are: {words}"};
  const auto words = draw_word_list(max_words, rng);
  return count_task(kPhrasings, {{"words", join(words)}}, static_cast<std::int64_t>(words.size()),
                    rng);
}

/// How often one of two words stands in a list of them.
Instruction count_one_word(std::int64_t max_words, Rng& rng) {
  static constexpr std::array<std::string_view, 3> kPhrasings{
      "How many times is {word} here: {words}", "Count the word {word}: {words}",
      "How often do you see {word} in: {words}"};
  const auto pair = draw_different(2, kListWords.size(), rng);
  const std::string word(kListWords[pair[0]]);
  std::vector<std::string> words;
  for (auto left = rng.between(2, max_words); left > 0; --left) {
    words.emplace_back(kListWords[pair[rng.below(2)]]);
  }
  return count_task(kPhrasings, {{"word", word}, {"words", join(words)}},
                    std::count(words.begin(), words.end(), word), rng);
}

std::string some(std::int64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

Instruction count_things(Rng& rng) {
  static constexpr std::array<std::string_view, 3> kPhrasings{
      "{Name} has {some} and {more}. How many things does {name} have?",
      "{Name} found {some} and {more}. How many things did {name} find?",
      "Count the things of {name}, who has {some} and {more}."};
  // Nouns that take a plain "s".
  static constexpr std::array<std::string_view, 8> kNouns{"ball", "kite", "book", "hat",
                                                          "drum", "boat", "bell", "cup"};
  const auto nouns = draw_different(2, kNouns.size(), rng);
  const auto first = rng.between(1, kMaxOfOneThing);
  const auto second = rng.between(1, kMaxOfOneThing);
  return count_task(kPhrasings,
                    {{"name", std::string(rng.pick(kNames).text)},
                     {"some", some(first, kNouns[nouns[0]])},
                     {"more", some(second, kNouns[nouns[1]])}},
                    first + second, rng);
}

}  // namespace

Instruction draw_count(const TaskSizes& sizes, Rng& rng) {
  switch (rng.below(4)) {
    case 0:
      return count_letters(rng);
    case 1:
      return count_words(sizes.max_words, rng);
    case 2:
      return count_one_word(sizes.max_words, rng);
    default:
      return count_things(rng);
  }
}

}  // namespace tess2::data::synth
