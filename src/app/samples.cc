// `tess2 samples -m DIR --data FILE`
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/batch.h"
#include "app/loaded_model.h"
#include "app/run_with_settings.h"
#include "app/session_model.h"
#include "app/subcommands.h"
#include "core/error.h"
#include "core/file.h"
#include "core/progress.h"
#include "eval/likelihood/diversity.h"
#include "eval/likelihood/likelihood_report.h"
#include "eval/likelihood/perplexity.h"
#include "eval/likelihood/settling.h"
#include "eval/likelihood/texts.h"
#include "eval/prompt_file.h"
#include "generate/answer_text.h"
#include "generate/settings.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

struct SamplesSettings {
  generate::GenerateSettings generate;
  std::int64_t limit = 0;

  void bind(SettingsBinder& b) {
    generate.bind(b);
    b.field("limit", limit, "prompts or texts, from the first on (0: all)").at_least(0);
  }
};

struct SamplesOptions {
  SessionModelOptions model;
  std::vector<std::string> data;
  std::optional<fs::path> judge_model;
  bool raw = false;
  std::optional<fs::path> output;

  void declare(OptionSet& options) {
    model.declare(options);
    options.repeated("--data", data, "FILE",
                     "with -m: a file of prompts, JSON lines with `prompt` or `messages`; without "
                     "it: texts that were written before, as `tess2 likelihood` reads them");
    options.flag("--raw", raw, "with -m: prompts are text to go on with, not a user's message");
    options.option("--judge-model", judge_model, "DIR",
                   "autoregressive model that tells how likely it finds the texts");
    options.option("--output", output, "FILE",
                   "write all figures and texts there, as JSON; `tess2 report` draws them");
  }
};

std::vector<eval::PromptRecord> read_prompts(const SamplesOptions& options, std::int64_t limit,
                                             std::uint64_t seed) {
  if (options.data.size() > 1) {
    throw UsageError("--data: expected one file of prompts with -m, found " +
                     std::to_string(options.data.size()));
  }
  auto prompts = eval::read_prompts(options.data.front(), seed);
  if (limit > 0 && std::ssize(prompts) > limit) prompts.resize(static_cast<std::size_t>(limit));
  return prompts;
}

std::vector<eval::WatchedStart> make_starts(const std::vector<eval::PromptRecord>& prompts,
                                            bool raw, std::int64_t length,
                                            const text::Tokenizer& tokenizer) {
  std::vector<eval::WatchedStart> starts;
  for (const eval::PromptRecord& prompt : prompts) {
    auto ids = prompt_ids(prompt, raw, tokenizer);
    if (std::ssize(ids) >= length) {
      data::throw_line_error(prompt.place, prompt.is_dialogue() ? "messages" : "prompt",
                             "fewer tokens than `length` (" + std::to_string(length) + ")",
                             std::to_string(ids.size()));
    }
    const std::int64_t places = length - std::ssize(ids);
    starts.push_back(
        {generate::answer_layout(std::move(ids), places, *tokenizer.pad()), prompt.seed});
  }
  return starts;
}

// What the model wrote, as texts to be judged.
std::vector<eval::SourceText> sources_of(const std::vector<eval::PromptRecord>& prompts, bool raw,
                                         const std::vector<eval::WatchedAnswer>& answers,
                                         const text::Tokenizer& tokenizer) {
  std::vector<eval::SourceText> sources;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    eval::SourceText source{prompts[i].messages, "", answers[i].text, prompts[i].place};
    if (raw) {
      source.before = prompts[i].prompt;
      source.text = generate::continuation_text(tokenizer, answers[i].ids);
    } else if (!prompts[i].is_dialogue()) {
      source.question = {{"user", prompts[i].prompt}};
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

void check(const SamplesOptions& options, const SamplesSettings& settings) {
  if (options.data.empty()) throw UsageError("--data: expected a file, found nothing");
  if (!options.model.model && options.raw) throw UsageError("--raw: needs -m");
  if (!options.model.model && options.model.reward_model) {
    throw UsageError("--reward-model: needs -m");
  }
  const generate::SessionSettings& session = settings.generate.session;
  if (session.block_length > 0 || session.shrink || session.commitment.enabled) {
    throw UsageError(
        "block_length, shrink and commit: not here, where all places are watched to the end");
  }
}

std::vector<eval::SourceText> write_samples(const SamplesOptions& options,
                                            const SamplesSettings& settings, std::uint64_t seed,
                                            eval::SamplesReport& report) {
  const auto prompts = read_prompts(options, settings.limit, seed);
  const SessionModel model(options.model);
  const std::int64_t length =
      generate::canvas_length_for(settings.generate.length, model.trained_length());
  const auto starts = make_starts(prompts, options.raw, length, model.tokenizer());
  Progress progress("samples", std::ssize(starts));
  const auto answers = eval::watch_answers(model.host(), starts, settings.generate.session,
                                           [&](std::int64_t done) { progress.update(done); });
  progress.finish();
  report.steps = eval::step_estimates(answers, seed);
  report.settling = eval::settle_steps(answers, seed);
  for (const eval::WatchedStart& start : starts) report.seeds.push_back(start.seed);
  return sources_of(prompts, options.raw, answers, model.tokenizer());
}

void judge(const fs::path& folder, const std::vector<eval::SourceText>& sources, std::uint64_t seed,
           eval::SamplesReport& report) {
  auto loaded = load_model(folder, model::ModelKind::kCausal);
  const eval::EncodeOptions whole{loaded.checkpoint.config.max_position_embeddings, 0.0};
  std::vector<eval::ScoredText> texts;
  for (const eval::SourceText& source : sources) {
    texts.push_back(eval::encode_source_text(source, *loaded.tokenizer, whole));
  }
  const model::CausalLM lm(std::move(loaded.checkpoint.config),
                           std::move(loaded.checkpoint.weights));
  Progress progress("judge", std::ssize(texts));
  const auto costs =
      eval::causal_costs(lm, texts, [&](std::int64_t done) { progress.update(done); });
  progress.finish();
  report.judge = folder.string();
  report.perplexity = eval::perplexity_of(costs, seed);
}

void look_at_samples(const SamplesOptions& options, const SamplesSettings& settings,
                     const Run& run) {
  check(options, settings);
  if (options.output) AtomicFile probe(*options.output);
  eval::SamplesReport report;
  report.source = {options.model.model.value_or("").string(), options.data, run.seed, run.recipe};
  const auto sources = options.model.model ? write_samples(options, settings, run.seed, report)
                                           : eval::read_source_texts(options.data, settings.limit);
  for (const eval::SourceText& source : sources) report.texts.push_back(source.text);
  report.diversity = eval::diversity_of(report.texts, run.seed);
  if (options.judge_model) judge(*options.judge_model, sources, run.seed, report);
  run.out << eval::samples_table(report);
  if (!options.output) return;
  write_file_atomically(*options.output,
                        [&](std::ostream& out) { out << eval::samples_json(report); });
}

}  // namespace

int run_samples_command(const CommandLine& line) {
  SamplesOptions options;
  return run_with_settings<SamplesSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const SamplesSettings& settings, const Run& run) {
        look_at_samples(options, settings, run);
      });
}

}  // namespace tess2::app
