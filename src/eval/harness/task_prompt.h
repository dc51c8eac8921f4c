// What a model is given for a record: the dialogue with its examples, fitted to the room there is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "eval/harness/items.h"
#include "eval/harness/shots.h"
#include "generate/generator.h"
#include "text/tokenizer.h"

namespace tess2::eval {

struct TaskPrompt {
  std::string text;
  generate::Prompt prompt;
  std::int64_t shots = 0;  ///< examples that found room
  bool fits = true;        ///< false: the question alone leaves no place for an answer
};

/// Room for prompt and answer, in tokens.
struct Room {
  std::int64_t length = 0;         ///< both together, at most
  std::int64_t answer_tokens = 0;  ///< places of the answer; 0: what `length` leaves free
};

/// Writes the prompt of `item` with as many examples as leave room for the answer, the last ones
/// left out first. Without examples the answer takes what room there is. Throws as fill_template.
TaskPrompt make_task_prompt(const Task& task, const Item& item, const ShotTexts& shots,
                            const Room& room, std::uint64_t seed, const text::Tokenizer& tokenizer);

}  // namespace tess2::eval
