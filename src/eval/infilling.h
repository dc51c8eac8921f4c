// How well a model fills holes: words of held-out texts are hidden, and what it writes is compared.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random.h"
#include "data/json_lines.h"
#include "eval/accuracy.h"
#include "generate/infill.h"
#include "generate/session.h"
#include "text/dialogue.h"

namespace tess2::eval {

/// A text to hide words of.
struct InfillText {
  std::string text;
  std::vector<text::Message> context;  ///< what the text answers; empty for a document
  std::string task;                    ///< of an instruction, else empty
  std::string answer;                  ///< of an instruction with a task
};

/// The first `limit` (0: all) records of a JSON-lines file: documents `{"text"}`, or instructions
/// `{"messages", ...}`, of which the last answer is the text. Throws as read_questions, and
/// FormatError where a dialogue does not end with an answer.
std::vector<InfillText> read_infill_texts(const std::filesystem::path& file, std::int64_t limit);

/// A text with holes, and the words that stood there.
struct HoledText {
  generate::Template parts;
  std::vector<std::string> words;
};

/// `text` without `holes` of its words, drawn without regard to what they are; nothing where it has
/// fewer. A hole has as many places as its word has tokens; an elastic one may take from 1 up to 4
/// more than that. A word is a run of letters, digits and bytes above 127.
std::optional<HoledText> hide_words(std::string_view text, std::int64_t holes, bool elastic,
                                    const text::Tokenizer& tokenizer, Rng& rng);

struct InfillingOptions {
  std::int64_t holes = 1;
  bool elastic = false;
  std::int64_t batch = 16;  ///< texts filled together; does not change the result
  std::uint64_t seed = 0;
  generate::SessionSettings session = {};  ///< the seed aside
  std::function<void(std::int64_t done)> on_batch = {};
};

struct InfillingScore {
  Share words;    ///< holes filled with the very word
  Share texts;    ///< texts with all their holes so filled
  Share answers;  ///< instructions whose text is right after filling (check_answer); of those with
                  ///< a task
  std::int64_t steps = 0;  ///< denoising steps of all texts together
};

/// Hides words of each text that has enough and fills them again.
InfillingScore evaluate_infilling(const std::vector<InfillText>& texts,
                                  const generate::SessionHost& host,
                                  const InfillingOptions& options);

/// One line of a table: `name`, the three shares in percent with their intervals, and the mean
/// steps of a text.
std::string infilling_header();
std::string infilling_row(const InfillingOptions& options, const InfillingScore& score);

}  // namespace tess2::eval
