#include "eval/likelihood/diversity.h"

#include <iterator>
#include <set>
#include <sstream>
#include <vector>

namespace tess2::eval {
namespace {

using Words = std::vector<std::string>;

Words words_of(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

// Sequences of `n` words. No word has white space in it, so a line break tells them apart.
std::vector<std::string> sequences_of(const Words& words, std::size_t n) {
  std::vector<std::string> sequences;
  for (std::size_t i = 0; i + n <= words.size(); ++i) {
    std::string sequence;
    for (std::size_t j = i; j < i + n; ++j) sequence += words[j] + "\n";
    sequences.push_back(std::move(sequence));
  }
  return sequences;
}

double distinct_share(const std::vector<Words>& texts, std::size_t n) {
  std::set<std::string> different;
  std::size_t count = 0;
  for (const Words& words : texts) {
    for (std::string& sequence : sequences_of(words, n)) {
      different.insert(std::move(sequence));
      ++count;
    }
  }
  return count == 0 ? 0.0 : static_cast<double>(different.size()) / static_cast<double>(count);
}

Amount repetition_of(const Words& words) {
  const auto sequences = sequences_of(words, kRepeatedLength);
  const std::set<std::string> different(sequences.begin(), sequences.end());
  return {static_cast<double>(sequences.size() - different.size()),
          static_cast<double>(sequences.size())};
}

}  // namespace

Diversity diversity_of(std::span<const std::string> texts, std::uint64_t seed) {
  Diversity found;
  std::vector<Words> all;
  std::vector<Amount> repetitions;
  std::vector<Amount> lengths;
  for (const std::string& text : texts) {
    all.push_back(words_of(text));
    repetitions.push_back(repetition_of(all.back()));
    lengths.push_back({static_cast<double>(all.back().size()), 1.0});
  }
  for (std::size_t n = 1; n <= kDistinctLengths; ++n) {
    found.distinct[n - 1] = distinct_share(all, n);
  }
  found.repetition = ratio_estimate(repetitions, seed);
  found.words = ratio_estimate(lengths, seed);
  found.texts = std::ssize(texts);
  found.different_texts = std::ssize(std::set<std::string>(texts.begin(), texts.end()));
  return found;
}

}  // namespace tess2::eval
