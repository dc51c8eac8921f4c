#include "text/byte_pair_trainer.h"

#include <algorithm>
#include <queue>
#include <set>
#include <string_view>
#include <unordered_map>

#include "text/byte_pair_encoder.h"
#include "text/utf8.h"

namespace tess2::text {
namespace {

enum class CharacterClass { kSpace, kLetter, kDigit, kMark };

CharacterClass class_of(std::string_view character) {
  if (character == kSpaceMark) return CharacterClass::kSpace;
  const char c = character.front();
  if (c >= '0' && c <= '9') return CharacterClass::kDigit;
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || character.size() > 1;
  return is_letter ? CharacterClass::kLetter : CharacterClass::kMark;
}

std::size_t character_length(std::string_view text) {
  return std::max<std::size_t>(utf8_length(text), 1);
}

using Symbol = std::int32_t;
using Pair = std::pair<Symbol, Symbol>;

struct PairHash {
  std::size_t operator()(const Pair& pair) const {
    return std::hash<std::uint64_t>{}(static_cast<std::uint64_t>(pair.first) << 32 |
                                      static_cast<std::uint32_t>(pair.second));
  }
};

struct Word {
  std::vector<Symbol> symbols;
  std::int64_t count;
};

struct PairPlaces {
  std::int64_t count = 0;
  std::set<std::size_t> words;  ///< that hold the pair, or held it once
};

class Trainer {
 public:
  explicit Trainer(const WordCounts& counts) {
    for (const auto& [text, count] : counts) add_word(text, count);
    for (std::size_t w = 0; w < words_.size(); ++w) count_pairs(w, 1);
    for (const auto& [pair, places] : pairs_) push(pair, places.count);
  }

  std::vector<std::string> run(std::size_t limit) {
    std::vector<std::string> pieces;
    while (pieces.size() < limit && !queue_.empty()) {
      const Candidate best = queue_.top();
      queue_.pop();
      const auto found = pairs_.find(best.pair);
      if (found == pairs_.end() || found->second.count != best.count) continue;
      // Two ways to the same text make one piece.
      const bool is_new = ids_.find(best.text) == ids_.end();
      merge(best.pair, symbol_of(best.text));
      if (is_new) pieces.push_back(best.text);
    }
    return pieces;
  }

 private:
  struct Candidate {
    std::int64_t count;
    std::string text;
    Pair pair;
    bool operator<(const Candidate& other) const {
      if (count != other.count) return count < other.count;
      return text != other.text ? text > other.text : pair > other.pair;
    }
  };

  Symbol symbol_of(std::string_view text) {
    const auto [entry, is_new] = ids_.emplace(text, static_cast<Symbol>(texts_.size()));
    if (is_new) texts_.emplace_back(text);
    return entry->second;
  }

  void add_word(std::string_view text, std::int64_t count) {
    Word word{{}, count};
    while (!text.empty()) {
      const std::size_t length = character_length(text);
      word.symbols.push_back(symbol_of(text.substr(0, length)));
      text.remove_prefix(length);
    }
    words_.push_back(std::move(word));
  }

  void push(const Pair& pair, std::int64_t count) {
    if (count > 0) queue_.push({count, texts_[pair.first] + texts_[pair.second], pair});
  }

  /// Adds (sign 1) or takes away (sign -1) the pairs of a word.
  void count_pairs(std::size_t w, std::int64_t sign) {
    const Word& word = words_[w];
    for (std::size_t i = 0; i + 1 < word.symbols.size(); ++i) {
      PairPlaces& places = pairs_[{word.symbols[i], word.symbols[i + 1]}];
      places.count += sign * word.count;
      places.words.insert(w);
    }
  }

  void merge(const Pair& pair, Symbol whole) {
    const std::set<std::size_t> holders = std::move(pairs_[pair].words);
    std::set<Pair> touched;
    for (const std::size_t w : holders) {
      count_pairs(w, -1);
      note_pairs(w, touched);
      replace(words_[w].symbols, pair, whole);
      count_pairs(w, 1);
      note_pairs(w, touched);
    }
    pairs_.erase(pair);
    touched.erase(pair);
    for (const Pair& changed : touched) push(changed, pairs_[changed].count);
  }

  void note_pairs(std::size_t w, std::set<Pair>& touched) const {
    const auto& symbols = words_[w].symbols;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
      touched.insert({symbols[i], symbols[i + 1]});
  }

  static void replace(std::vector<Symbol>& symbols, const Pair& pair, Symbol whole) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
      const bool here =
          i + 1 < symbols.size() && symbols[i] == pair.first && symbols[i + 1] == pair.second;
      symbols[out++] = here ? whole : symbols[i];
      if (here) ++i;
    }
    symbols.resize(out);
  }

  std::vector<Word> words_;
  std::vector<std::string> texts_;
  std::unordered_map<std::string, Symbol> ids_;
  std::unordered_map<Pair, PairPlaces, PairHash> pairs_;
  std::priority_queue<Candidate> queue_;
};

void add_count(const std::string& word, WordCounts& counts) {
  if (!word.empty()) ++counts[word];
}

}  // namespace

void count_words(std::string_view line, WordCounts& counts) {
  std::string word;
  CharacterClass last = CharacterClass::kSpace;
  while (!line.empty()) {
    const std::string_view character = line.substr(0, character_length(line));
    line.remove_prefix(character.size());
    const CharacterClass kind = class_of(character);
    const bool joins = !word.empty() && kind != CharacterClass::kDigit &&
                       kind != CharacterClass::kSpace &&
                       (kind == last || last == CharacterClass::kSpace);
    if (!joins) {
      add_count(word, counts);
      word.clear();
    }
    word += character;
    last = kind;
  }
  add_count(word, counts);
}

std::vector<std::string> train_byte_pairs(const WordCounts& counts, std::size_t limit) {
  return Trainer(counts).run(limit);
}

}  // namespace tess2::text
