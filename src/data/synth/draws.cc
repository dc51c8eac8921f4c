#include "data/synth/draws.h"

#include <numeric>

#include "data/synth/words.h"

namespace tess2::data::synth {

std::vector<std::size_t> draw_different(std::size_t count, std::size_t bound, Rng& rng) {
  std::vector<std::size_t> numbers(bound);
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});
  rng.shuffle(numbers);
  numbers.resize(count);
  return numbers;
}

std::vector<std::string> draw_word_list(std::int64_t max_words, Rng& rng) {
  const auto count = static_cast<std::size_t>(rng.between(2, max_words));
  std::vector<std::string> words;
  for (const std::size_t i : draw_different(count, kListWords.size(), rng)) {
    words.emplace_back(kListWords[i]);
  }
  return words;
}

}  // namespace tess2::data::synth
