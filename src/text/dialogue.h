// The Tulu dialogue form (section 3): how dialogues become text, and text becomes examples.
//
//   <s><|user|>\n{user}\n<|assistant|>\n{answer}</s>
//
// Contents are stripped of white space. A next turn follows the answer after a newline; only the
// last answer is closed by `</s>`. A system message, if any, comes first: `<|system|>\n{system}\n`.
// `<s>` and `</s>` stand for the tokenizer's own start and end tokens.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace tess2::text {

struct Message {
  std::string role;  ///< "system", "user" or "assistant"
  std::string content;

  friend bool operator==(const Message&, const Message&) = default;
};

/// Throws Error unless `messages` are an optional system message and then users and assistants in
/// turn, a user first. The error names the message (counted from 0) and its role.
void check_dialogue(std::span<const Message> messages);

/// Text of a dialogue, closed by `</s>` where it ends with an answer. Throws as check_dialogue.
std::string format_dialogue(std::span<const Message> messages, const Tokenizer& tokenizer);

/// Text that asks for the answer to the last message, a user's. Throws as check_dialogue, and where
/// the last message is not a user's.
std::string format_prompt(std::span<const Message> messages, const Tokenizer& tokenizer);

/// Ids of `format_prompt`.
std::vector<TokenId> encode_prompt(std::span<const Message> messages, const Tokenizer& tokenizer);

/// Ids of a dialogue for the reward model (section 5): no `<s>`, and a newline after each `</s>`.
/// Throws as check_dialogue.
std::vector<TokenId> encode_for_reward(std::span<const Message> messages,
                                       const Tokenizer& tokenizer);

/// Which examples a dialogue gives.
enum class DialogueMode {
  kFirstPair,      ///< its first question and answer
  kEachPair,       ///< each question and answer on its own
  kPrefixTurns,    ///< for each answer, the dialogue up to it; only that answer is learnt
  kSlidingWindow,  ///< the prefix turns of the dialogue, of it without its first pair, and so on
};

/// A training example of fixed length.
struct EncodedDialogue {
  std::vector<TokenId> ids;             ///< [max_length], padded at the end
  std::vector<std::uint8_t> span_mask;  ///< [max_length], 1 after the last `<|assistant|>\n`,
                                        ///< padding included; at least one position is 1
};

/// One example of the dialogue `messages`, which end with an answer: at most `max_length` ids are
/// kept. Nothing where the part before the answer alone fills `max_length`. Throws as
/// check_dialogue, for another end, and where the tokenizer has no padding token.
std::optional<EncodedDialogue> encode_example(std::span<const Message> messages,
                                              std::size_t max_length, const Tokenizer& tokenizer);

struct EncodedDialogues {
  std::vector<EncodedDialogue> examples;
  /// Examples left out because what comes before the answer fills `max_length`.
  std::int64_t without_answer = 0;
};

/// The examples of a dialogue; a last question without an answer gives none. Each begins with the
/// dialogue's system message. Throws as encode_example.
EncodedDialogues encode_dialogue(std::span<const Message> messages, DialogueMode mode,
                                 std::size_t max_length, const Tokenizer& tokenizer);

}  // namespace tess2::text
