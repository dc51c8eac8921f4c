// Texts whose likelihood is asked: held-out ones, or what a model wrote.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/json_lines.h"
#include "text/dialogue.h"
#include "text/tokenizer.h"

namespace tess2::eval {

/// A text and what it goes on from; at most one of `question` and `before` is there.
struct SourceText {
  std::vector<text::Message> question;  ///< what it answers; empty where it answers nothing
  std::string before;                   ///< text that it goes on from, special tokens written out
  std::string text;
  data::LinePlace place;
};

/// The first `limit` (0: all) texts of `inputs`: files and patterns as data::find_inputs takes, or
/// a folder of `tess2 eval --task`, whose records they then are. A `.txt` file is one text; a line
/// of JSON is one of
///   {"text"}                                a document
///   {"messages"}                            the last answer of a dialogue
///   {"prompt" or "messages", "text"}        an answer of `tess2 generate --input`
///   {"prompt", "reply"}                     a reply of `tess2 eval --data`
///   {"prompt", "output"}                    a record of `tess2 eval --task`
/// Throws FileError, UsageError for a name that is none of a text file, and FormatError naming
/// file, line and key.
std::vector<SourceText> read_source_texts(const std::vector<std::string>& inputs,
                                          std::int64_t limit);

/// A text as ids, of which some are given.
struct ScoredText {
  std::vector<std::int64_t> ids;  ///< with the start token and, unless it was cut, the end token
  std::int64_t first = 1;         ///< ids from here on are scored; at least 1 of them
  std::int64_t words = 0;         ///< of the scored part: what stands between white space
  std::int64_t bytes = 0;
  bool cut = false;  ///< its end did not fit

  /// How many ids are scored.
  std::int64_t tokens() const { return static_cast<std::int64_t>(ids.size()) - first; }
};

struct EncodeOptions {
  std::int64_t length = 256;  ///< most ids, the given ones included; what is beyond is left out
  double given = 0.0;         ///< share of a document's ids that are given, in [0, 1)
};

/// Ids of a text. The start token, which every text has, is always given, as are a question and
/// what stands before. Throws FormatError naming file and line where what is given fills `length`.
ScoredText encode_source_text(const SourceText& source, const text::Tokenizer& tokenizer,
                              const EncodeOptions& options);

}  // namespace tess2::eval
