#include "app/batch.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/progress.h"
#include "core/settings.h"
#include "data/synth/split.h"
#include "eval/answer_file.h"
#include "eval/prompt_file.h"

namespace tess2::app {
namespace {

// Of the weights, for reading all of a large model would take as long as many answers. Training
// changes every tensor.
constexpr std::size_t kWeightsLooked = std::size_t{1} << 20;

std::string look_at(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  const auto bytes = mapped.bytes().first(std::min(mapped.bytes().size(), kWeightsLooked));
  return std::to_string(mapped.bytes().size()) +
         std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// What tells a checkpoint from others: its configuration, and how its weights begin.
std::string checkpoint_identity(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto& path = entry.path();
    if (path.extension() == ".safetensors" || path.filename() == model::kConfigName) {
      files.push_back(path);
    }
  }
  std::ranges::sort(files);
  std::string identity;
  for (const auto& file : files) identity += file.filename().string() + look_at(file);
  return identity;
}

// A short name for everything that an answer depends on besides its prompt and seed.
std::string fingerprint(const BatchRun& run, generate::GenerateSettings settings) {
  const AnsweringOptions& options = run.answering;
  std::string all = SettingsTable(settings).to_yaml();
  all += options.autoregressive ? "ar" : "diffusion";
  all += run.raw ? "raw" : "dialogue";
  all += std::to_string(options.max_new_tokens.value_or(0));
  all += checkpoint_identity(*options.model);
  if (options.reward_model) all += checkpoint_identity(*options.reward_model);
  std::array<char, 17> hex{};
  std::snprintf(hex.data(), hex.size(), "%016llx",
                static_cast<unsigned long long>(data::synth::stable_hash(all)));
  return hex.data();
}

std::vector<text::TokenId> encode(const eval::PromptRecord& record, bool raw,
                                  const text::Tokenizer& tokenizer) {
  if (!record.is_dialogue()) return encode_text(record.prompt, raw, tokenizer);
  if (!raw) return text::encode_prompt(record.messages, tokenizer);
  data::throw_line_error(record.place, "messages", "`prompt` with --raw", "a dialogue");
}

std::vector<generate::Prompt> encode_all(const std::vector<eval::PromptRecord>& records,
                                         const BatchRun& run, const Answering& answering) {
  const bool bounded = !run.answering.max_new_tokens;
  std::vector<generate::Prompt> prompts;
  for (const eval::PromptRecord& record : records) {
    prompts.push_back({encode(record, run.raw, answering.tokenizer()), record.seed});
    const auto size = std::ssize(prompts.back().ids);
    if (!bounded || size < answering.length()) continue;
    data::throw_line_error(
        record.place, record.is_dialogue() ? "messages" : "prompt",
        "fewer tokens than `length` (" + std::to_string(answering.length()) + ")",
        std::to_string(size));
  }
  return prompts;
}

// Tells by a signal that no more answers are to be begun. What the watcher calls outlives the run.
std::shared_ptr<const std::atomic<bool>> stop_on(SignalWatcher& signals) {
  auto stop = std::make_shared<std::atomic<bool>>(false);
  signals.on_signal([stop] {
    *stop = true;
    log_info("stopping once the answers in work are written; once more to stop at once");
  });
  return stop;
}

void answer_rest(const std::vector<generate::Prompt>& prompts, std::size_t batch,
                 eval::Answerer& answerer, eval::AnswerFile& file, SignalWatcher& signals) {
  if (file.done() == prompts.size()) return;
  const auto stop = stop_on(signals);
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
  eval::AnswerFile file(*files.output, records, fingerprint(run, answering.settings()));
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
