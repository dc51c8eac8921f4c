// Instructions whose answers can be checked, from a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/json_lines.h"
#include "text/dialogue.h"
#include "text/tokenizer.h"

namespace tess2::eval {

struct Question {
  std::string task;                     ///< name of a family (data/synth/instruction.h)
  std::vector<text::Message> messages;  ///< up to the user's last, which is not empty
  std::string answer;                   ///< what a right reply comes to
  data::LinePlace place;

  /// The user's last message.
  const std::string& prompt() const { return messages.back().content; }
};

/// The dialogue `messages` of a record up to the user's last message; an answer at the end is left
/// out. Throws FormatError naming file, line and key, for an empty last message too.
std::vector<text::Message> question_messages(const nlohmann::json& record,
                                             const data::LinePlace& place);

/// The question of one record `{"messages", "task", "answer"}`. Throws FormatError naming file,
/// line and key, for an unknown task too.
Question read_question(const nlohmann::json& record, const data::LinePlace& place);

/// What the last message says; empty where there is none.
std::string_view last_content(std::span<const text::Message> messages);

/// The family `task` of a record that asks `messages`. Throws FormatError naming file, line and
/// key for an unknown one, and where its checker cannot read the problem from the last message.
std::string task_field(const nlohmann::json& record, std::span<const text::Message> messages,
                       const data::LinePlace& place);

/// The first `limit` (0: all) records of a JSON-lines file `{"messages", "task", "answer"}`; an
/// answer at the end of `messages` is left out. Throws FileError, or FormatError naming file, line
/// and key; tasks as task_field.
std::vector<Question> read_questions(const std::filesystem::path& file, std::int64_t limit);

/// Ids of the question in the dialogue form. Throws FormatError naming file and line where they
/// are not fewer than `length`.
std::vector<text::TokenId> encode_question(const Question& question, std::int64_t length,
                                           const text::Tokenizer& tokenizer);

}  // namespace tess2::eval
