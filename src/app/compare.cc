// `tess2 compare -m DIR --reference DIR --data FILE`
#include <filesystem>
#include <optional>
#include <string>

#include "app/answering.h"
#include "app/loaded_model.h"
#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/error.h"
#include "core/file.h"
#include "core/progress.h"
#include "eval/divergence.h"
#include "eval/questions.h"
#include "generate/generator.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

struct CompareSettings {
  generate::GenerateSettings generate;
  std::int64_t limit = 0;

  void bind(SettingsBinder& b) {
    generate.bind(b);
    b.field("limit", limit, "records to run, from the first on (0: all)").at_least(0);
  }
};

struct CompareOptions {
  std::optional<fs::path> model;
  std::optional<fs::path> reference;
  std::optional<fs::path> data;
  std::optional<fs::path> output;

  void declare(OptionSet& options) {
    options.option("-m,--model", model, "DIR", "diffusion model to compare");
    options.option("--reference", reference, "DIR",
                   "model whose runs are followed; --prompt-cache is not for it");
    options.option("--data", data, "FILE", "instructions with `task` and `answer` (JSON lines)");
    options.option("--output", output, "FILE", "write the figures there, as JSON");
  }
};

void check(const CompareOptions& options) {
  const auto require = [](const char* name, const char* what, const auto& given) {
    if (!given) {
      throw UsageError(std::string(name) + ": expected a " + what + ", found nothing");
    }
  };
  require("--model", "checkpoint's folder", options.model);
  require("--reference", "checkpoint's folder", options.reference);
  require("--data", "file", options.data);
}

void compare(const CompareOptions& options, CompareSettings settings, const Run& run) {
  check(options);
  if (settings.generate.session.guidance.scale != 0.0) {
    throw UsageError("guidance.scale: expected 0, for predictions are compared before guidance");
  }
  const auto questions = eval::read_questions(*options.data, settings.limit);
  if (options.output) AtomicFile probe(*options.output);
  const LoadedDenoiser reference = load_denoiser(*options.reference);
  const LoadedDenoiser candidate = load_denoiser(*options.model);
  check_same_tokenizer(*reference.tokenizer, *candidate.tokenizer, *options.model);
  settings.generate.length =
      generate::canvas_length_for(settings.generate.length, reference.config.canvas_length);
  eval::ComparedDenoiser compared(*reference.denoiser, *candidate.denoiser);
  const generate::Generator generator(compared, *reference.tokenizer, nullptr, settings.generate);
  Progress progress("compare", std::ssize(questions));
  for (std::size_t i = 0; i < questions.size(); ++i) {
    // Runs follow one another, so that sums do not depend on threads.
    generator.run(
        {{eval::encode_question(questions[i], settings.generate.length, *reference.tokenizer),
          eval::prompt_seed(run.seed, i)}});
    progress.update(static_cast<std::int64_t>(i) + 1);
  }
  progress.finish();
  run.out << eval::divergence_table(compared);
  if (!options.output) return;
  write_file_atomically(*options.output,
                        [&](std::ostream& out) { out << eval::divergence_json(compared); });
}

}  // namespace

int run_compare_command(const CommandLine& line) {
  CompareOptions options;
  return run_with_settings<CompareSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const CompareSettings& settings, const Run& run) { compare(options, settings, run); });
}

}  // namespace tess2::app
