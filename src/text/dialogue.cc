#include "text/dialogue.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "text/utf8.h"

namespace tess2::text {
namespace {

constexpr std::string_view kSystem = "system";
constexpr std::string_view kUser = "user";
constexpr std::string_view kAssistant = "assistant";
constexpr std::string_view kAnswerMark = "<|assistant|>\n";

std::string mark(const Message& message) {
  return "<|" + message.role + "|>\n";
}

std::string token_text(TokenId id, const Tokenizer& tokenizer) {
  return tokenizer.decode(std::array{id});
}

bool has_system(std::span<const Message> messages) {
  return !messages.empty() && messages.front().role == kSystem;
}

bool ends_with_answer(std::span<const Message> messages) {
  return !messages.empty() && messages.back().role == kAssistant;
}

// The turns, with a newline after each; `answer_end` comes between an answer and its newline.
std::string format_turns(std::span<const Message> messages, std::string_view answer_end) {
  std::string text;
  for (const Message& message : messages) {
    text += mark(message);
    text += strip(message.content);
    if (message.role == kAssistant) text += answer_end;
    text += '\n';
  }
  return text;
}

// All that comes before the last answer.
std::string format_context(std::span<const Message> messages, const Tokenizer& tokenizer) {
  return token_text(tokenizer.bos(), tokenizer) + format_turns(messages, "") +
         std::string(kAnswerMark);
}

// Where the two differ: the context's last token may have grown together with the answer's first.
std::size_t common_length(const std::vector<TokenId>& a, const std::vector<TokenId>& b) {
  const auto [end, other] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(end - a.begin());
}

std::vector<Message> window(std::span<const Message> messages, std::span<const Message> turns) {
  std::vector<Message> chosen;
  if (has_system(messages)) chosen.push_back(messages.front());
  chosen.insert(chosen.end(), turns.begin(), turns.end());
  return chosen;
}

// First and last pair (both included) of each example of a dialogue of `pairs` pairs.
struct PairRange {
  std::size_t first;
  std::size_t last;
};

std::vector<PairRange> pair_ranges(DialogueMode mode, std::size_t pairs) {
  std::vector<PairRange> ranges;
  for (std::size_t first = 0; first < pairs; ++first) {
    const bool one_start = mode == DialogueMode::kFirstPair || mode == DialogueMode::kPrefixTurns;
    if (first > 0 && one_start) break;
    const bool grows = mode == DialogueMode::kPrefixTurns || mode == DialogueMode::kSlidingWindow;
    const std::size_t end = grows ? pairs : first + 1;
    for (std::size_t last = first; last < end; ++last) ranges.push_back({first, last});
  }
  return ranges;
}

}  // namespace

void check_dialogue(std::span<const Message> messages) {
  if (messages.empty()) throw Error("a dialogue without messages");
  const std::size_t first = has_system(messages) ? 1 : 0;
  for (std::size_t i = first; i < messages.size(); ++i) {
    const std::string_view expected = (i - first) % 2 == 0 ? kUser : kAssistant;
    if (messages[i].role == expected) continue;
    throw Error("message " + std::to_string(i) + ": expected role " + in_quotes(expected) +
                ", found " + in_quotes(messages[i].role));
  }
}

std::string format_dialogue(std::span<const Message> messages, const Tokenizer& tokenizer) {
  check_dialogue(messages);
  std::string text = token_text(tokenizer.bos(), tokenizer) + format_turns(messages, "");
  if (!ends_with_answer(messages)) return text;
  text.pop_back();
  return text + token_text(tokenizer.eos(), tokenizer);
}

std::string format_prompt(std::span<const Message> messages, const Tokenizer& tokenizer) {
  check_dialogue(messages);
  if (messages.back().role != kUser) {
    throw Error("a prompt ends with a user's message, found role " +
                in_quotes(messages.back().role));
  }
  return format_context(messages, tokenizer);
}

std::vector<TokenId> encode_prompt(std::span<const Message> messages, const Tokenizer& tokenizer) {
  return tokenizer.encode(format_prompt(messages, tokenizer));
}

std::vector<TokenId> encode_for_reward(std::span<const Message> messages,
                                       const Tokenizer& tokenizer) {
  check_dialogue(messages);
  return tokenizer.encode(format_turns(messages, token_text(tokenizer.eos(), tokenizer)));
}

std::optional<EncodedDialogue> encode_example(std::span<const Message> messages,
                                              std::size_t max_length, const Tokenizer& tokenizer) {
  if (!ends_with_answer(messages)) throw Error("a training example ends with an answer");
  const auto pad = tokenizer.pad();
  if (!pad) throw Error("training on dialogues needs a padding token; the tokenizer has none");
  EncodedDialogue example;
  example.ids = tokenizer.encode(format_dialogue(messages, tokenizer));
  const auto context =
      tokenizer.encode(format_context(messages.first(messages.size() - 1), tokenizer));
  const std::size_t span_begin = common_length(context, example.ids);
  if (span_begin >= max_length) return std::nullopt;
  example.ids.resize(max_length, *pad);
  example.span_mask.assign(max_length, 1);
  std::fill_n(example.span_mask.begin(), span_begin, std::uint8_t{0});
  return example;
}

EncodedDialogues encode_dialogue(std::span<const Message> messages, DialogueMode mode,
                                 std::size_t max_length, const Tokenizer& tokenizer) {
  check_dialogue(messages);
  const auto turns = messages.subspan(has_system(messages) ? 1 : 0);
  EncodedDialogues result;
  for (const auto [first, last] : pair_ranges(mode, turns.size() / 2)) {
    const auto chosen = window(messages, turns.subspan(2 * first, 2 * (last - first + 1)));
    auto example = encode_example(chosen, max_length, tokenizer);
    if (example) {
      result.examples.push_back(std::move(*example));
    } else {
      ++result.without_answer;
    }
  }
  return result;
}

}  // namespace tess2::text
