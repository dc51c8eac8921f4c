// `tess2 generate --input FILE --output FILE`: many prompts, answered and kept batch by batch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "app/answering.h"
#include "app/option_set.h"
#include "app/signal_watcher.h"
#include "eval/prompt_file.h"

namespace tess2::app {

/// Ids that ask for the answer to a record's prompt or dialogue or, where `raw`, for what follows
/// the prompt. Throws FormatError for a dialogue where `raw`.
std::vector<text::TokenId> prompt_ids(const eval::PromptRecord& record, bool raw,
                                      const text::Tokenizer& tokenizer);

struct BatchOptions {
  std::optional<std::filesystem::path> input;
  std::optional<std::filesystem::path> output;

  void declare(OptionSet& options);
  /// Whether the prompts come from a file. Throws UsageError where only one of the two is given.
  bool asked() const;
};

/// What a batch run does besides its files.
struct BatchRun {
  const AnsweringOptions& answering;
  bool raw = false;         ///< prompts are text to go on with
  std::int64_t batch = 16;  ///< answers that are written at a time
  std::uint64_t seed = 0;
};

/// Answers the prompts of the input that the output does not hold yet. The first signal ends the
/// run when the answers in work are written. Throws FormatError naming file and line before the
/// first answer for what is wrong with input or output, and Error where it was ended.
void answer_file(const BatchOptions& files, const BatchRun& run,
                 const generate::GenerateSettings& settings, SignalWatcher& signals);

}  // namespace tess2::app
