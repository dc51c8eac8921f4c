#include <algorithm>

#include "eval/metrics/ifeval_kinds.h"
#include "eval/metrics/sentences.h"

namespace tess2::eval {
namespace {

constexpr std::size_t kNowhere = TextView::npos;
constexpr TextView kDivider = U"***";

Check number_words(const Arguments& arguments) {
  const Limit limit(arguments, "num_words", "relation");
  return [=](TextView response) { return limit.holds(count_words(response)); };
}

Check number_sentences(const Arguments& arguments) {
  const Limit limit(arguments, "num_sentences", "relation");
  return [=](TextView response) { return limit.holds(split_sentences(response).size()); };
}

// The parts between each "***", with one white space on either side gone with it.
std::vector<TextView> divided(TextView text) {
  std::vector<TextView> parts;
  for (std::size_t at = text.find(kDivider); at != kNowhere; at = text.find(kDivider)) {
    const bool space_before = at > 0 && is_space(text[at - 1]);
    parts.push_back(text.substr(0, at - (space_before ? 1 : 0)));
    text.remove_prefix(at + kDivider.size());
    if (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  }
  parts.push_back(text);
  return parts;
}

/// Parts that are not blank, or nothing where one between others is.
struct Filled {
  std::vector<TextView> parts;
  bool gap = false;
};

Filled filled(const std::vector<TextView>& parts) {
  Filled found;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool blank = strip(parts[i]).empty();
    if (!blank) found.parts.push_back(parts[i]);
    found.gap = found.gap || (blank && i > 0 && i + 1 < parts.size());
  }
  return found;
}

Check number_paragraphs(const Arguments& arguments) {
  return [wanted = arguments.count("num_paragraphs")](TextView response) {
    const Filled paragraphs = filled(divided(response));
    return !paragraphs.gap && paragraphs.parts.size() == wanted;
  };
}

// In small letters, without quotes before it and without what follows a mark in it.
Text first_word(TextView paragraph) {
  TextView word = split_at_space(paragraph).front();
  while (word.starts_with(U'\'')) word.remove_prefix(1);
  while (word.starts_with(U'"')) word.remove_prefix(1);
  return lower(word.substr(0, word.find_first_of(U".,?!'\"")));
}

// The paragraph is counted among all, the blank ones included.
Check nth_paragraph_first_word(const Arguments& arguments) {
  const std::size_t wanted = arguments.count("num_paragraphs");
  const std::size_t nth = arguments.count("nth_paragraph");
  if (nth < 1 || nth > wanted) {
    arguments.fail("nth_paragraph", "1 to num_paragraphs", std::to_string(nth));
  }
  const Text word = lower(arguments.text("first_word"));
  return [=](TextView response) {
    const auto parts = split_at(response, U"\n\n");
    const auto blank = std::count_if(parts.begin(), parts.end(),
                                     [](TextView part) { return strip(part).empty(); });
    const std::size_t paragraphs = parts.size() - static_cast<std::size_t>(blank);
    if (paragraphs != wanted || strip(parts[nth - 1]).empty()) return false;
    return first_word(parts[nth - 1]) == word;
  };
}

Check two_responses(const Arguments&) {
  return [](TextView response) {
    const Filled answers = filled(split_at(response, U"******"));
    return !answers.gap && answers.parts.size() == 2 &&
           strip(answers.parts[0]) != strip(answers.parts[1]);
  };
}

Check repeat_prompt(const Arguments& arguments) {
  return [prompt = lower(strip(arguments.text("prompt_to_repeat")))](TextView response) {
    return lower(strip(response)).starts_with(prompt);
  };
}

Check end_checker(const Arguments& arguments) {
  return [phrase = lower(strip(arguments.text("end_phrase")))](TextView response) {
    TextView end = strip(response);
    while (end.starts_with(U'"')) end.remove_prefix(1);
    while (end.ends_with(U'"')) end.remove_suffix(1);
    return lower(end).ends_with(phrase);
  };
}

Check quotation(const Arguments&) {
  return [](TextView response) {
    const TextView text = strip(response);
    return text.size() > 1 && text.starts_with(U'"') && text.ends_with(U'"');
  };
}

constexpr InstructionKind kKinds[] = {
    {"length_constraints:number_words", number_words},
    {"length_constraints:number_sentences", number_sentences},
    {"length_constraints:number_paragraphs", number_paragraphs},
    {"length_constraints:nth_paragraph_first_word", nth_paragraph_first_word},
    {"combination:two_responses", two_responses},
    {"combination:repeat_prompt", repeat_prompt},
    {"startend:end_checker", end_checker},
    {"startend:quotation", quotation},
};

}  // namespace

std::span<const InstructionKind> layout_kinds() {
  return kKinds;
}

const InstructionKind* find_kind(std::string_view id) {
  for (const auto kinds : {word_kinds(), format_kinds(), layout_kinds()}) {
    const auto same = [&](const InstructionKind& kind) { return kind.id == id; };
    const auto found = std::find_if(kinds.begin(), kinds.end(), same);
    if (found != kinds.end()) return &*found;
  }
  return nullptr;
}

}  // namespace tess2::eval
