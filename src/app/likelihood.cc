// `tess2 likelihood -m DIR --data FILE`
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/loaded_model.h"
#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/error.h"
#include "core/file.h"
#include "core/progress.h"
#include "eval/answerer.h"
#include "eval/likelihood/levels.h"
#include "eval/likelihood/likelihood_report.h"
#include "eval/likelihood/texts.h"
#include "generate/settings.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

struct LikelihoodSettings {
  std::int64_t length = 0;
  std::int64_t limit = 0;
  double given = 0.0;
  bool pad = false;
  eval::LevelSettings levels;
  bool self_condition = true;

  void bind(SettingsBinder& b) {
    b.field("length", length,
            "tokens of a text at most, what is given included; what is beyond is left out (0: as "
            "the model was trained, else 256)")
        .at_least(0);
    b.field("limit", limit, "texts, from the first on (0: all)").at_least(0);
    b.field("given", given, "share of a document that is given and not scored")
        .at_least(0)
        .below(1);
    b.field("pad", pad,
            "a diffusion model predicts padding up to `length` too, as after instruction tuning; "
            "otherwise its canvas tells how long the text is");
    b.field("levels", levels.levels,
            "ranges of noise levels, in each of which every text is looked at once")
        .at_least(1);
    b.field("timesteps", levels.timesteps, "steps of the process that is bounded, as in training")
        .at_least(2);
    b.field("schedule", levels.schedule, "noise schedule", diffusion::schedule_names());
    b.field("self_condition", self_condition,
            "tell the loss after an earlier prediction too, where the model was trained for it");
    b.field("batch", levels.batch, "predictions made together; does not change them").at_least(1);
  }
};

struct LikelihoodOptions {
  std::optional<fs::path> model;
  bool autoregressive = false;
  std::vector<std::string> data;
  std::optional<fs::path> output;

  void declare(OptionSet& options) {
    options.option("-m,--model", model, "DIR", "checkpoint to ask");
    options.flag("--ar", autoregressive, "the model is autoregressive: the likelihood is exact");
    options.repeated("--data", data, "FILE",
                     "texts, more than one with --data again: .txt, JSON lines with `text` or "
                     "`messages`, answers of generate, or the output folder of eval --task");
    options.option("--output", output, "FILE",
                   "write all figures there, as JSON; `tess2 report` draws them");
  }
};

std::vector<eval::ScoredText> encode(const std::vector<eval::SourceText>& sources,
                                     const text::Tokenizer& tokenizer,
                                     const eval::EncodeOptions& how) {
  std::vector<eval::ScoredText> texts;
  for (const eval::SourceText& source : sources) {
    texts.push_back(eval::encode_source_text(source, tokenizer, how));
  }
  return texts;
}

void ask_causal(const fs::path& model, const std::vector<eval::SourceText>& sources,
                eval::EncodeOptions how, eval::LikelihoodReport& report) {
  auto loaded = load_model(model, model::ModelKind::kCausal);
  how.length = generate::canvas_length_for(how.length, loaded.checkpoint.config.canvas_length);
  const auto texts = encode(sources, *loaded.tokenizer, how);
  const model::CausalLM lm(std::move(loaded.checkpoint.config),
                           std::move(loaded.checkpoint.weights));
  Progress progress("likelihood", std::ssize(texts));
  report.costs = eval::causal_costs(lm, texts, [&](std::int64_t done) { progress.update(done); });
  progress.finish();
  report.length = how.length;
  for (const eval::ScoredText& text : texts) report.cut_texts += text.cut ? 1 : 0;
}

void ask_diffusion(const fs::path& model, const std::vector<eval::SourceText>& sources,
                   eval::EncodeOptions how, const LikelihoodSettings& settings,
                   eval::LikelihoodReport& report) {
  const LoadedDenoiser loaded = load_denoiser(model);
  how.length = generate::canvas_length_for(how.length, loaded.config.canvas_length);
  eval::LevelSettings levels = settings.levels;
  levels.self_condition = settings.self_condition && loaded.config.self_condition;
  const auto texts = encode(sources, *loaded.tokenizer, how);
  const auto pad = loaded.tokenizer->pad();
  if (settings.pad && !pad) {
    throw UsageError("pad: expected a model with a padding token, found none");
  }
  const std::int64_t padded = settings.pad ? how.length : 0;
  Progress progress("likelihood", std::ssize(texts));
  std::vector<eval::TextLevels> found;
  for (const eval::ScoredText& text : texts) {
    found.push_back(eval::look_at_levels(*loaded.denoiser, text, padded, pad.value_or(0),
                                         eval::prompt_seed(report.source.seed, found.size()),
                                         levels));
    report.cut_texts += text.cut ? 1 : 0;
    progress.update(std::ssize(found));
  }
  progress.finish();
  report.is_bound = true;
  report.self_conditioned = levels.self_condition;
  report.length = how.length;
  report.costs = eval::bound_costs(found);
  report.levels = eval::level_estimates(found, levels, report.source.seed);
}

void tell_likelihood(const LikelihoodOptions& options, const LikelihoodSettings& settings,
                     const Run& run) {
  if (!options.model) throw UsageError("--model: expected a checkpoint's folder, found nothing");
  if (options.data.empty()) throw UsageError("--data: expected a file, found nothing");
  const auto sources = eval::read_source_texts(options.data, settings.limit);
  if (options.output) AtomicFile probe(*options.output);
  eval::LikelihoodReport report;
  report.source = {options.model->string(), options.data, run.seed, run.recipe};
  const eval::EncodeOptions how{settings.length, settings.given};
  if (options.autoregressive) {
    ask_causal(*options.model, sources, how, report);
  } else {
    ask_diffusion(*options.model, sources, how, settings, report);
  }
  report.perplexity = eval::perplexity_of(report.costs, run.seed);
  run.out << eval::likelihood_table(report);
  if (!options.output) return;
  write_file_atomically(*options.output,
                        [&](std::ostream& out) { out << eval::likelihood_json(report); });
}

}  // namespace

int run_likelihood_command(const CommandLine& line) {
  LikelihoodOptions options;
  return run_with_settings<LikelihoodSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const LikelihoodSettings& settings, const Run& run) {
        tell_likelihood(options, settings, run);
      });
}

}  // namespace tess2::app
