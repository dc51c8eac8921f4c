// `tess2 eval -m DIR --data FILE`, or `--task NAME`
#include <algorithm>

#include "app/answering.h"
#include "app/eval_sweep.h"
#include "app/eval_tasks.h"
#include "app/run_with_settings.h"
#include "app/session_model.h"
#include "app/subcommands.h"
#include "core/file.h"
#include "core/progress.h"
#include "eval/accuracy.h"
#include "eval/infilling.h"
#include "eval/report.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

bool are_counts(const std::vector<std::string>& texts) {
  constexpr std::int64_t kMost = 1000;
  return std::ranges::all_of(texts, [](const std::string& text) {
    const auto count = setting_codec<std::int64_t>().parse(text);
    return count && *count >= 1 && *count <= kMost;
  });
}

struct EvalSettings {
  generate::GenerateSettings generate;
  std::int64_t limit = 0;
  std::int64_t batch = 16;
  std::vector<std::string> holes;
  bool elastic = false;
  TaskSettings tasks;

  void bind(SettingsBinder& b) {
    generate.bind(b);
    b.field("limit", limit,
            "records to ask, from the first on (0: all); with --task or --sweep: of each subtask")
        .at_least(0);
    b.field("batch", batch, "records answered together").at_least(1);
    b.field("holes", holes,
            "hide so many words of each text and fill them again, instead of asking: [1, 2, 4, 8]")
        .require(are_counts, "of numbers from 1 to 1000");
    b.field("elastic", elastic, "with holes: of unknown size, up to 4 tokens more than the word");
    tasks.bind(b);
  }
};

struct EvalCommandOptions {
  AnsweringOptions answering;
  TaskOptions tasks;
  std::optional<std::filesystem::path> data;
  std::optional<std::filesystem::path> output;
  std::vector<std::string> sweeps;
  bool summary = false;

  void declare(OptionSet& options) {
    answering.declare(options);
    options.option("--data", data, "FILE", "instructions with `task` and `answer` (JSON lines)");
    options.option("--output", output, "PATH",
                   "write every reply there, as JSON lines; with --task: the folder of the records "
                   "and scores (eval/MODEL), where an interrupted run goes on");
    tasks.declare(options);
    options.repeated("--sweep", sweeps, "KEY=V,V,...",
                     "ask at each of these values of a sampler's number, such as "
                     "steps=1,5,25,100, guidance.scale=0,10 or top_p=0.5,0.9; several --sweep give "
                     "all combinations, each with its records in a folder of --output "
                     "(eval/MODEL.sweep)");
    options.flag("--summary", summary,
                 "print one line: accuracy, low, high, mean_reward, seconds, steps (the mean of a "
                 "reply's), between tabs");
  }
};

void write_outcomes(const std::vector<eval::Outcome>& outcomes, const std::filesystem::path& file) {
  write_file_atomically(file, [&](std::ostream& out) {
    for (const eval::Outcome& outcome : outcomes) out << eval::json_line(outcome);
  });
}

void check_for_holes(const EvalCommandOptions& options) {
  if (options.answering.autoregressive) throw UsageError("holes: not with --ar");
  if (options.output) throw UsageError("holes: not with --output");
  if (options.summary) throw UsageError("holes: not with --summary");
}

void evaluate_holes(const EvalCommandOptions& options, const EvalSettings& settings,
                    const Run& run) {
  check_for_holes(options);
  const auto texts = eval::read_infill_texts(*options.data, settings.limit);
  const SessionModel model({options.answering.model, options.answering.reward_model});
  run.out << eval::infilling_header();
  for (const std::string& holes : settings.holes) {
    eval::InfillingOptions how{.holes = std::stoll(holes),
                               .elastic = settings.elastic,
                               .batch = settings.batch,
                               .seed = run.seed};
    how.session = settings.generate.session;
    Progress progress("holes: " + holes, std::ssize(texts));
    how.on_batch = [&](std::int64_t done) { progress.update(done); };
    const auto score = eval::evaluate_infilling(texts, model.host(), how);
    progress.finish();
    run.out << eval::infilling_row(how, score) << std::flush;
  }
}

void evaluate(const EvalCommandOptions& options, const EvalSettings& settings, const Run& run) {
  if (!options.data) throw UsageError("--data: expected a file, found nothing");
  if (!settings.holes.empty()) return evaluate_holes(options, settings, run);
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

void evaluate_by_sweep(const EvalCommandOptions& options, const EvalSettings& settings,
                       const Run& run, SignalWatcher& signals) {
  const bool by_task = options.tasks.asked();
  if (options.tasks.rescore) throw UsageError("--sweep: not with --rescore");
  if (by_task && options.data) throw UsageError("--data: not with --task or --rescore");
  if (!by_task && !options.data) throw UsageError("--sweep: needs --data or --task");
  if (!settings.holes.empty()) throw UsageError("holes: not with --sweep");
  if (options.summary) throw UsageError("--summary: not with --sweep");
  TaskOptions tasks = options.tasks;
  if (options.data) {
    tasks.instructions = *options.data;
    tasks.data_root = options.data->has_parent_path() ? options.data->parent_path() : ".";
    if (!fs::exists(*options.data)) {
      throw FileError(*options.data, "cannot be opened: No such file or directory");
    }
  }
  const auto recipe = [&](const generate::GenerateSettings& generate) {
    EvalSettings at_point = settings;
    at_point.generate = generate;
    return SettingsTable(at_point).to_yaml() + "seed: " + std::to_string(run.seed) + "\n";
  };
  const TaskJob job{options.answering, settings.generate, settings.tasks,
                    settings.limit,    settings.batch,    options.output.value_or("")};
  evaluate_sweep({options.sweeps, tasks, job, recipe}, run, signals);
}

void evaluate_by_task(const EvalCommandOptions& options, const EvalSettings& settings,
                      const Run& run, SignalWatcher& signals) {
  if (options.data) throw UsageError("--data: not with --task or --rescore");
  if (!settings.holes.empty()) throw UsageError("holes: not with --task or --rescore");
  if (options.summary) throw UsageError("--summary: not with --task or --rescore");
  if (options.tasks.rescore) return rescore_tasks(options.tasks, settings.tasks, run);
  evaluate_tasks(options.tasks,
                 {options.answering, settings.generate, settings.tasks, settings.limit,
                  settings.batch, options.output.value_or("")},
                 run, signals);
}

}  // namespace

int run_eval_command(const CommandLine& line) {
  SignalWatcher signals;
  EvalCommandOptions options;
  return run_with_settings<EvalSettings>(
      line, [&](OptionSet& set) { options.declare(set); },
      [&](const EvalSettings& settings, const Run& run) {
        if (!options.sweeps.empty()) return evaluate_by_sweep(options, settings, run, signals);
        if (options.tasks.asked()) return evaluate_by_task(options, settings, run, signals);
        evaluate(options, settings, run);
      });
}

}  // namespace tess2::app
