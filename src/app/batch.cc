#include "app/batch.h"

#include <algorithm>
#include <string>
#include <vector>

#include "app/fingerprint.h"
#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/progress.h"
#include "eval/answer_file.h"
#include "eval/prompt_file.h"

namespace tess2::app {
namespace {

std::vector<generate::Prompt> encode_all(const std::vector<eval::PromptRecord>& records,
                                         const BatchRun& run, const Answering& answering) {
  const bool bounded = !run.answering.max_new_tokens;
  std::vector<generate::Prompt> prompts;
  for (const eval::PromptRecord& record : records) {
    prompts.push_back({prompt_ids(record, run.raw, answering.tokenizer()), record.seed});
    const auto size = std::ssize(prompts.back().ids);
    if (!bounded || size < answering.length()) continue;
    data::throw_line_error(
        record.place, record.is_dialogue() ? "messages" : "prompt",
        "fewer tokens than `length` (" + std::to_string(answering.length()) + ")",
        std::to_string(size));
  }
  return prompts;
}

void answer_rest(const std::vector<generate::Prompt>& prompts, std::size_t batch,
                 eval::Answerer& answerer, eval::AnswerFile& file, SignalWatcher& signals) {
  if (file.done() == prompts.size()) return;
  const auto stop = stop_on_signal(signals);
  Progress progress("generate", std::ssize(prompts), static_cast<std::int64_t>(file.done()));
  while (file.done() < prompts.size() && !*stop) {
    const auto first = prompts.begin() + static_cast<std::ptrdiff_t>(file.done());
    const auto size = std::min(batch, prompts.size() - file.done());
    file.append(answerer.answer({first, first + static_cast<std::ptrdiff_t>(size)}));
    progress.update(static_cast<std::int64_t>(file.done()));
  }
  if (file.done() == prompts.size()) progress.finish();
}

}  // namespace

std::vector<text::TokenId> prompt_ids(const eval::PromptRecord& record, bool raw,
                                      const text::Tokenizer& tokenizer) {
  if (!record.is_dialogue()) return encode_text(record.prompt, raw, tokenizer);
  if (!raw) return text::encode_prompt(record.messages, tokenizer);
  data::throw_line_error(record.place, "messages", "`prompt` with --raw", "a dialogue");
}

void BatchOptions::declare(OptionSet& options) {
  options.option("--input", input, "FILE",
                 "answer the prompts of a file of JSON lines, each with `prompt` or `messages` and "
                 "perhaps `id` and `seed`; needs --output");
  options.option("--output", output, "FILE",
                 "where the answers to --input go, a JSON line each; the same command again goes "
                 "on where it was stopped");
}

bool BatchOptions::asked() const {
  if (input && !output) throw UsageError("--output: expected a file, found nothing");
  if (output && !input) throw UsageError("--input: expected a file, found nothing");
  return input.has_value();
}

void answer_file(const BatchOptions& files, const BatchRun& run,
                 const generate::GenerateSettings& settings, SignalWatcher& signals) {
  const auto records = eval::read_prompts(*files.input, run.seed);
  Answering answering(run.answering, settings);
  const auto prompts = encode_all(records, run, answering);
  eval::AnswerFile file(
      *files.output, records,
      answering_fingerprint(run.answering, answering.settings(), run.raw ? "raw" : "dialogue"));
  const std::string of_all = " of " + std::to_string(records.size()) + " prompts";
  if (file.done() > 0) {
    log_info(files.output->string() + ": " + std::to_string(file.done()) + of_all +
             " are answered already");
  }
  answer_rest(prompts, static_cast<std::size_t>(run.batch), answering.answerer(), file, signals);
  if (file.done() == prompts.size()) return;
  throw Error("stopped: " + std::to_string(file.done()) + of_all +
              " are answered; the same command goes on with the others");
}

}  // namespace tess2::app
