// `tess2 eval -m DIR --data FILE`
#include "app/answering.h"
#include "app/run_with_settings.h"
#include "app/subcommands.h"
#include "core/file.h"
#include "core/progress.h"
#include "eval/accuracy.h"
#include "eval/report.h"

namespace tess2::app {
namespace {

struct EvalSettings {
  generate::GenerateSettings generate;
  std::int64_t limit = 0;
  std::int64_t batch = 16;

  void bind(SettingsBinder& b) {
    generate.bind(b);
    b.field("limit", limit, "records to ask, from the first on (0: all)").at_least(0);
    b.field("batch", batch, "records answered together").at_least(1);
  }
};

struct EvalCommandOptions {
  AnsweringOptions answering;
  std::optional<std::filesystem::path> data;
  std::optional<std::filesystem::path> output;
  bool summary = false;

  void declare(OptionSet& options) {
    answering.declare(options);
    options.option("--data", data, "FILE", "instructions with `task` and `answer` (JSON lines)");
    options.option("--output", output, "FILE", "write every reply there, as JSON lines");
    options.flag("--summary", summary,
                 "print one line: accuracy, low, high, mean_reward, seconds, between tabs");
  }
};

void write_outcomes(const std::vector<eval::Outcome>& outcomes, const std::filesystem::path& file) {
  write_file_atomically(file, [&](std::ostream& out) {
    for (const eval::Outcome& outcome : outcomes) out << eval::json_line(outcome);
  });
}

void evaluate(const EvalCommandOptions& options, const EvalSettings& settings, const Run& run) {
  if (!options.data) throw UsageError("--data: expected a file, found nothing");
  const auto questions = eval::read_questions(*options.data, settings.limit);
  // Opened once without use: a place that cannot be written is told before the work.
  if (options.output) AtomicFile probe(*options.output);
  Answering answering(options.answering, settings.generate);
  Progress progress("eval", std::ssize(questions));
  eval::EvalOptions how{settings.batch, answering.length(), run.seed};
  how.on_batch = [&](std::int64_t done) { progress.update(done); };
  if (answering.reward() != nullptr) {
    how.scorer = eval::reward_scorer(*answering.reward(), answering.tokenizer());
  }
  const auto [outcomes, summary] =
      eval::evaluate(questions, answering.answerer(), answering.tokenizer(), how);
  progress.finish();
  if (options.output) write_outcomes(outcomes, *options.output);
  run.out << (options.summary ? eval::summary_line(summary) : eval::table_text(summary));
}

}  // namespace

int run_eval_command(const CommandLine& line) {
  EvalCommandOptions options;
  return run_with_settings<EvalSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const EvalSettings& settings, const Run& run) { evaluate(options, settings, run); });
}

}  // namespace tess2::app
