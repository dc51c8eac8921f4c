// Answers to the prompts of a file, kept so that whoever is interrupted can go on.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/file.h"
#include "eval/answerer.h"
#include "eval/prompt_file.h"

namespace tess2::eval {

/// A JSON-lines file with an answer a line, in the order of the prompts: index (from 0), id (where
/// the prompt has one), prompt or messages, text, tokens (ids, without the end), steps, seconds,
/// prompt_drift (with a prompt cache), seed and settings. Bytes that are not UTF-8 become U+FFFD.
class AnswerFile {
 public:
  /// Opens the file, or makes it, and reads how far it has come; a last line that was not written
  /// to its end is cut off. `settings` stand for everything that an answer depends on besides its
  /// prompt and seed. `records` must outlive the file. Throws FileError as AppendFile, and
  /// FormatError naming the line where an answer that is there is not to this prompt with this
  /// seed and these settings.
  AnswerFile(const std::filesystem::path& file, const std::vector<PromptRecord>& records,
             std::string settings);

  /// How many of the prompts are answered: the first ones.
  std::size_t done() const { return done_; }

  /// The answers to the next prompts; they are on the disk when this returns. Throws FileError.
  void append(const std::vector<Reply>& replies);

 private:
  std::string line_of(std::size_t index, const Reply& reply) const;
  void read();
  void check(const std::string& line, std::size_t index) const;

  std::filesystem::path path_;
  const std::vector<PromptRecord>& records_;
  std::string settings_;
  AppendFile file_;
  std::size_t done_ = 0;
};

}  // namespace tess2::eval
