// Prompts from a file, to be answered one after another.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/json_lines.h"
#include "text/dialogue.h"

namespace tess2::eval {

/// A line of the file: either `prompt` or `messages`.
struct PromptRecord {
  std::string id;                       ///< as JSON, whatever it is; empty where there is none
  std::string prompt;                   ///< the user's message, or text to go on with
  std::vector<text::Message> messages;  ///< a dialogue up to the user's last message
  std::uint64_t seed = 0;
  data::LinePlace place;

  bool is_dialogue() const { return !messages.empty(); }
};

/// The records of a JSON-lines file `{"prompt" or "messages", "id", "seed"}`, of which `id` and
/// `seed` may be missing; other keys are passed over, so that a file of instructions will do (an
/// answer at the end of `messages` is left out). A record without a seed has prompt_seed(`seed`,
/// its place from 0). Throws FileError, or FormatError naming file, line and key.
std::vector<PromptRecord> read_prompts(const std::filesystem::path& file, std::uint64_t seed);

}  // namespace tess2::eval
