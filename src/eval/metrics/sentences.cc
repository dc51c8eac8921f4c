#include "eval/metrics/sentences.h"

#include <algorithm>
#include <optional>

#include "eval/metrics/punkt_token.h"
#include "eval/metrics/sentence_words.h"

namespace tess2::eval {
namespace {

constexpr TextView kClosers = U"\"')]}";

/// What the letters of a word say of the place before it.
enum class Evidence { kStart, kInside, kNone };

Evidence evidence(const PunktToken& next) {
  const TextView inner = U";:,.!?";
  if (next.text.size() == 1 && inner.find(next.text.front()) != TextView::npos) {
    return Evidence::kInside;
  }
  if (is_lower(next.text.front())) return Evidence::kInside;
  const bool capital = is_upper(next.text.front());
  return capital && is_small_inside_sentences(next.next_type()) ? Evidence::kStart
                                                                : Evidence::kNone;
}

// Whether a sentence ends after `token`, given what follows.
bool ends_sentence(const PunktToken& token, const PunktToken& next) {
  if (!token.ends_in_period()) return token.break_after;
  const TextView next_type = next.next_type();
  const bool capital = is_upper(next.text.front());
  if (token.is_number() && follows_number(next_type)) return false;
  const Evidence shown = evidence(next);
  if ((token.abbreviation || token.ellipsis) && !token.is_initial()) {
    const bool starter = capital && is_frequent_starter(next_type);
    return shown == Evidence::kStart || starter;
  }
  if (!token.is_initial() && !token.is_number()) return token.break_after;
  if (shown == Evidence::kInside) return false;
  const bool name = shown == Evidence::kNone && capital && !is_ever_small(next_type);
  return token.is_initial() && name ? false : token.break_after;
}

bool holds_break(TextView context) {
  const auto tokens = punkt_tokens(context);
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (ends_sentence(tokens[i], tokens[i + 1])) return true;
  }
  return false;
}

/// A mark that may end a sentence.
struct Candidate {
  std::size_t word;   ///< where its word begins
  std::size_t mark;   ///< where it stands
  std::size_t next;   ///< where what follows begins
  std::size_t after;  ///< where that ends
};

// A full stop, question or exclamation mark before white space and a word, or before a mark.
std::optional<Candidate> candidate_at(TextView text, std::size_t i) {
  const std::size_t next = i + 1;
  const bool mark = text[i] == U'.' || text[i] == U'?' || text[i] == U'!';
  if (!mark || next >= text.size()) return std::nullopt;
  if (is_non_word_mark(text[next])) return Candidate{0, i, next, next + 1};
  const auto from = text.begin() + static_cast<std::ptrdiff_t>(next);
  const auto word = std::find_if_not(from, text.end(), is_space);
  if (word == from || word == text.end()) return std::nullopt;
  const auto end = std::find_if(word, text.end(), is_space);
  return Candidate{0, i, static_cast<std::size_t>(word - text.begin()),
                   static_cast<std::size_t>(end - text.begin())};
}

// Where the word of the mark at `mark` begins, where the word before it is `[start, stop)`: past
// the last white space between, or with that word where there is none.
std::size_t word_start(TextView text, std::size_t start, std::size_t stop, std::size_t mark) {
  const TextView between = text.substr(stop, mark - stop);
  const std::size_t space = between.find_last_of(U" \t\n\r\v\f");
  return space == TextView::npos || space == 0 ? start : stop + space + 1;
}

// Marks in one word, such as "!!!", are one candidate: the last.
std::vector<Candidate> candidates(TextView text) {
  std::vector<Candidate> found;
  Candidate last{0, 0, 0, 0};
  bool any = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto here = candidate_at(text, i);
    if (!here) continue;
    here->word = word_start(text, last.word, last.mark, i);
    if (any && last.mark <= here->word) found.push_back(last);
    last = *here;
    any = true;
  }
  if (any) found.push_back(last);
  return found;
}

struct Span {
  std::size_t start;
  std::size_t stop;
};

std::vector<Span> spans(TextView text) {
  std::vector<Span> found;
  std::size_t start = 0;
  for (const Candidate& here : candidates(text)) {
    Text context(text.substr(here.word, here.mark - here.word));
    context += text.substr(here.mark, here.after - here.mark);
    if (!holds_break(context)) continue;
    found.push_back({start, here.mark + 1});
    start = here.next;
  }
  found.push_back({start, strip_right(text).size()});
  return found;
}

// How many characters of `sentence` belong to the one before it: closing quotes and brackets before
// white space, a dash or the end of the line, and the white space.
std::size_t belongs_before(TextView sentence) {
  std::size_t end = sentence.find_first_not_of(kClosers);
  if (end == 0 || sentence.empty()) return 0;
  if (end == TextView::npos || sentence.substr(end).starts_with(U"--")) {
    return std::min(end, sentence.size());
  }
  if (!is_space(sentence[end])) return 0;
  return sentence.size() - strip_left(sentence.substr(end)).size();
}

}  // namespace

std::vector<TextView> split_sentences(TextView text) {
  std::vector<TextView> sentences;
  const auto parts = spans(text);
  const auto part = [&](Span span) {
    return span.start < span.stop ? text.substr(span.start, span.stop - span.start) : TextView();
  };
  std::size_t taken = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Span span = {parts[i].start + taken, parts[i].stop};
    taken = i + 1 < parts.size() ? belongs_before(part(parts[i + 1])) : 0;
    if (taken > 0) {
      span.stop = parts[i + 1].start + strip_right(part(parts[i + 1]).substr(0, taken)).size();
    }
    if (const TextView sentence = part(span); !sentence.empty()) sentences.push_back(sentence);
  }
  return sentences;
}

std::size_t count_words(TextView text) {
  std::size_t words = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    words += is_word(text[i]) && (i == 0 || !is_word(text[i - 1])) ? 1 : 0;
  }
  return words;
}

}  // namespace tess2::eval
