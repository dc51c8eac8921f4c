#include "eval/metrics/extraction.h"

#include <algorithm>

#include "eval/metrics/unicode.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

constexpr std::string_view kGoldMark = "####";
constexpr std::string_view kAnswerTail = "he answer is ";
constexpr TextView kAnswerIs = U"answer is";

bool is_ascii_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

// A digit serves one comma only: "1,2,3" becomes "12,3".
Text without_digit_commas(TextView text) {
  Text out;
  for (std::size_t i = 0; i < text.size();) {
    const bool comma = i + 2 < text.size() && text[i + 1] == U',';
    if (comma && is_digit(text[i]) && is_digit(text[i + 2])) {
      out += {text[i], text[i + 2]};
      i += 3;
    } else {
      out += text[i++];
    }
  }
  return out;
}

std::size_t past_digits(TextView text, std::size_t i) {
  while (i < text.size() && is_digit(text[i])) ++i;
  return i;
}

// Where the decimal number that begins at `start` ends; `start` where there is none.
std::size_t past_decimal(TextView text, std::size_t start) {
  const bool sign = text[start] == U'-' || text[start] == U'+';
  const std::size_t point = past_digits(text, start + (sign ? 1 : 0));
  if (point >= text.size() || text[point] != U'.') return start;
  const std::size_t end = past_digits(text, point + 1);
  return end > point + 1 ? end : start;
}

TextView last_number(TextView text) {
  TextView last;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = std::max(past_decimal(text, i), past_digits(text, i));
    if (end > i) last = text.substr(i, end - i);
    i = std::max(end, i + 1);
  }
  return last;
}

std::string bare(std::string_view answer) {
  std::string out = encode(lower(decode(answer)));
  std::erase_if(out, is_ascii_punctuation);
  return out;
}

bool is_choice(char32_t c) {
  return c >= U'A' && c <= U'D';
}

bool stands_alone(TextView text, std::size_t i) {
  return is_choice(text[i]) && is_word_edge(text, i) && is_word_edge(text, i + 1);
}

bool is_in_parentheses(TextView text, std::size_t i) {
  const bool open = i > 0 && text[i - 1] == U'(';
  return open && i + 1 < text.size() && text[i + 1] == U')';
}

// "A dog" and "A. dog": only the first begins with an article.
bool is_article(TextView text, std::size_t i) {
  const bool space = i + 2 < text.size() && is_space(text[i + 1]);
  return text[i] == U'A' && space && is_lower(text[i + 2]);
}

// First place where a choice stands and `fits` holds.
std::optional<char> first_choice(TextView text, bool (*fits)(TextView, std::size_t)) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (stands_alone(text, i) && fits(text, i)) return static_cast<char>(text[i]);
  }
  return std::nullopt;
}

bool is_no_article(TextView text, std::size_t i) {
  return !is_article(text, i);
}

// The choice that `text` begins with, past white space and signs such as "(", ":" and "*".
std::optional<char> leading_choice(TextView text) {
  const auto first = std::find_if(text.begin(), text.end(), is_word);
  const auto i = static_cast<std::size_t>(first - text.begin());
  if (i == text.size() || !stands_alone(text, i) || is_article(text, i)) return std::nullopt;
  return static_cast<char>(text[i]);
}

}  // namespace

std::string gsm8k_answer(std::string_view output) {
  const Text text = without_digit_commas(decode(output));
  const TextView number = last_number(text);
  return encode(number.empty() ? TextView(text) : number);
}

std::optional<std::string> gsm8k_gold(std::string_view solution) {
  const std::size_t mark = solution.find(kGoldMark);
  if (mark == std::string_view::npos) return std::nullopt;
  std::string_view rest = solution.substr(mark + kGoldMark.size());
  rest = rest.substr(0, rest.find(kGoldMark));
  return encode(without_digit_commas(decode(text::strip(rest))));
}

std::string bbh_answer(std::string_view output) {
  for (std::size_t at = output.find(kAnswerTail); at != std::string_view::npos;
       at = output.find(kAnswerTail, at + 1)) {
    if (at == 0 || std::string_view("tT|").find(output[at - 1]) == std::string_view::npos) continue;
    const std::string_view rest = output.substr(at + kAnswerTail.size());
    const std::size_t end = rest.find_first_of(".\n");
    if (end == std::string_view::npos || rest[end] == '\n') continue;
    return std::string(text::strip(rest.substr(0, end)));
  }
  return std::string(text::strip(output));
}

bool same_answer(std::string_view found, std::string_view gold) {
  return bare(found) == bare(gold);
}

std::optional<char> mmlu_choice(std::string_view output) {
  const Text text = decode(output);
  const std::size_t at = find_any_case(text, kAnswerIs);
  if (at != TextView::npos) {
    if (const auto said = leading_choice(TextView(text).substr(at + kAnswerIs.size()))) return said;
  }
  if (const auto begun = leading_choice(text)) return begun;
  if (const auto marked = first_choice(text, is_in_parentheses)) return marked;
  return first_choice(text, is_no_article);
}

}  // namespace tess2::eval
