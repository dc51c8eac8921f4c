// Copy, reverse and sort words.
#include <algorithm>
#include <array>

#include "data/synth/draws.h"
#include "data/synth/phrase.h"
#include "data/synth/tasks.h"

namespace tess2::data::synth {
namespace {

template <std::size_t N>
Instruction word_task(const std::array<std::string_view, N>& phrasings,
                      const std::vector<std::string>& given, const std::vector<std::string>& wanted,
                      Rng& rng) {
  Instruction task;
  task.problem = join(given);
  task.prompt = fill(rng.pick(phrasings), {{"words", task.problem}});
  task.answer = join(wanted);
  task.reply = task.answer;
  return task;
}

}  // namespace

Instruction draw_copy(const TaskSizes& sizes, Rng& rng) {
  static constexpr std::array<std::string_view, 4> kPhrasings{
      "Copy: {words}", "Repeat these words: {words}", "Write the same words again: {words}",
      "Say this again: {words}"};
  const auto words = draw_word_list(sizes.max_words, rng);
  return word_task(kPhrasings, words, words, rng);
}

Instruction draw_reverse(const TaskSizes& sizes, Rng& rng) {
  static constexpr std::array<std::string_view, 4> kPhrasings{
      "Reverse the words: {words}", "Write the words in reverse order: {words}",
      "Say these words from last to first: {words}", "Turn the order of the words around: {words}"};
  const auto words = draw_word_list(sizes.max_words, rng);
  return word_task(kPhrasings, words, {words.rbegin(), words.rend()}, rng);
}

Instruction draw_sort(const TaskSizes& sizes, Rng& rng) {
  static constexpr std::array<std::string_view, 4> kPhrasings{
      "Sort the words: {words}", "Put these words in alphabetical order: {words}",
      "Write the words from A to Z: {words}", "Sort from A to Z: {words}"};
  const auto words = draw_word_list(sizes.max_words, rng);
  auto sorted = words;
  std::sort(sorted.begin(), sorted.end());
  return word_task(kPhrasings, words, sorted, rng);
}

}  // namespace tess2::data::synth
