#include "app/eval_tasks.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

#include "app/eval_sweep.h"
#include "app/fingerprint.h"
#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "core/progress.h"
#include "eval/accuracy.h"
#include "eval/harness/judgements.h"
#include "eval/harness/program_run.h"
#include "eval/harness/run.h"
#include "eval/harness/score.h"
#include "eval/harness/score_report.h"
#include "eval/harness/sweep.h"
#include "text/utf8.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// `--task a,b --task c` are three.
std::vector<std::string> names_in(const std::vector<std::string>& options) {
  std::vector<std::string> names;
  for (const std::string& option : options) {
    std::istringstream in(option);
    for (std::string name; std::getline(in, name, ',');) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  }
  return names;
}

// A task with all it asks.
struct LoadedTask {
  eval::Task task;
  std::vector<eval::Item> items;
};

// A file of instructions, asked as `tess2 eval --data` asks them.
eval::Task instructions_task(const fs::path& file) {
  const std::string yaml = "data:\n  file: " + nlohmann::json(file.filename().string()).dump() +
                           "\n  format: instructions\nprompt:\n  question: \"{question}\"\n"
                           "metric: instructions\n";
  return eval::parse_task(yaml, file, file.stem());
}

std::vector<LoadedTask> load_tasks(const TaskOptions& options, std::int64_t limit) {
  std::vector<eval::Task> tasks;
  if (options.instructions) tasks.push_back(instructions_task(*options.instructions));
  for (const std::string& name : names_in(options.tasks)) {
    tasks.push_back(eval::find_task_file(name));
  }
  if (!fs::is_directory(options.data_root)) {
    throw UsageError(
        "--data-root: expected the folder of the tasks' data (docs/evaluation.md), "
        "found none at " +
        options.data_root.string());
  }
  std::vector<LoadedTask> loaded;
  for (eval::Task& task : tasks) {
    auto items = eval::read_task_items(task, options.data_root, limit);
    loaded.push_back({std::move(task), std::move(items)});
  }
  return loaded;
}

eval::Room room_for(const eval::Task& task, const TaskJob& job, const Answering& answering) {
  const auto first_set = [](std::int64_t a, std::int64_t b) { return a > 0 ? a : b; };
  const std::int64_t length = first_set(job.generate.length, task.length);
  return {first_set(length, answering.length()),
          first_set(job.settings.answer_tokens, task.answer_tokens)};
}

eval::TaskRunInfo run_info(const LoadedTask& loaded, const TaskJob& job, const Run& run,
                           const Answering& answering, const eval::Room& room) {
  const std::string more =
      loaded.task.yaml + std::to_string(room.length) + " " + std::to_string(room.answer_tokens);
  eval::TaskRunInfo info;
  info.task = loaded.task.name;
  info.task_yaml = loaded.task.yaml;
  info.model = job.answering.model->string();
  info.settings = answering_fingerprint(job.answering, answering.settings(), more);
  info.settings_yaml = run.recipe;
  info.seed = run.seed;
  info.limit = job.limit;
  info.records = std::ssize(loaded.items);
  return info;
}

eval::RunProgram program_runner(const TaskOptions& options) {
  if (!options.run_programs) return {};
  return [](const std::string& program) { return eval::run_python(program).passed; };
}

std::unique_ptr<eval::Judge> make_judge(const TaskOptions& options, const TaskSettings& settings) {
  if (!options.judge) return nullptr;
  eval::JudgeAddress address{*options.judge, *options.judge_model, "", settings.judge_timeout};
  if (options.judge_key) address.key = text::strip(read_text_file(*options.judge_key));
  return std::make_unique<eval::Judge>(std::move(address));
}

void take_judgements(const fs::path& folder, const eval::TaskRunInfo& info, eval::Judge* judge,
                     eval::Records& records) {
  eval::write_model_outputs(records, model_name(info.model), folder);
  eval::read_judgements(folder, records);
  if (judge == nullptr) return;
  Progress progress("judge", info.records);
  eval::ask_judge(*judge, folder, records, [&](std::int64_t done) { progress.update(done); });
  progress.finish();
}

void judge_missing(const eval::RunProgram& program, eval::Metric metric, eval::Records& records) {
  for (auto& [index, record] : records) {
    if (record.verdict) continue;
    record.verdict = eval::judge_output(metric, record.gold, record.output, program, record.place);
  }
}

// Scores what a task's folder holds; `again` judges every output anew.
eval::TaskScore score_folder(const fs::path& folder, const TaskOptions& options, eval::Judge* judge,
                             bool again) {
  const eval::TaskRunInfo info = eval::read_run_info(folder);
  const eval::Task task = eval::parse_task(info.task_yaml, folder / "run.json", info.task);
  eval::Records records = eval::read_records(folder, info);
  const eval::RunProgram program = program_runner(options);
  if (again) {
    const auto changed = eval::judge_again(task.metric, program, records);
    log_info(info.task + ": " + std::to_string(changed) + " of " + std::to_string(records.size()) +
             " verdicts are not those that were kept");
  }
  const bool whole = std::ssize(records) == info.records;
  if (whole) judge_missing(program, task.metric, records);
  if (whole && task.metric == eval::Metric::kAlpacaEval) {
    take_judgements(folder, info, judge, records);
  }
  return eval::score_task(info, task.metric, records);
}

std::vector<fs::path> task_folders(const fs::path& output) {
  std::vector<fs::path> folders;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(output, missing)) {
    if (fs::exists(entry.path() / "run.json")) folders.push_back(entry.path());
  }
  if (missing) throw FileError(output, "cannot be opened: " + missing.message());
  if (folders.empty()) throw FileError(output, "it holds no records of a task");
  std::ranges::sort(folders);
  return folders;
}

// Scores every task of the folder, in `scores.json`. Returns those that `wanted` names, or all.
std::vector<eval::TaskScore> score_tasks(const fs::path& output, const TaskOptions& options,
                                         eval::Judge* judge, bool again,
                                         const std::vector<std::string>& wanted) {
  std::vector<eval::TaskScore> all;
  std::vector<eval::TaskScore> chosen;
  for (const fs::path& folder : task_folders(output)) {
    all.push_back(score_folder(folder, options, judge, again));
    const bool asked = wanted.empty() || std::ranges::find(wanted, all.back().task) != wanted.end();
    if (asked) chosen.push_back(all.back());
  }
  write_file_atomically(output / kScoresName,
                        [&](std::ostream& file) { file << eval::scores_json(all); });
  return chosen;
}

void rescore_sweep(const fs::path& output, const TaskOptions& options, eval::Judge* judge,
                   std::ostream& out) {
  std::vector<eval::SweepScore> scores;
  for (const eval::SweepPoint& point : eval::read_sweep_points(output / kSweepName)) {
    scores.push_back({point, score_tasks(output / point.name(), options, judge, true, {})});
  }
  write_file_atomically(output / kSweepName,
                        [&](std::ostream& file) { file << eval::sweep_json(scores); });
  out << eval::sweep_table(scores);
}

// The reward of a record's output; empty without a reward model.
std::function<double(const std::string&, const std::string&)> reward_of(
    const Answering& answering) {
  if (answering.reward() == nullptr) return {};
  return [&](const std::string& prompt, const std::string& output) {
    return eval::reward_of_prompt(*answering.reward(), answering.tokenizer(), prompt, output);
  };
}

// Whether all of the shard is answered.
bool answer(const LoadedTask& loaded, const TaskOptions& options, const TaskJob& job,
            const Run& run, Answering& answering, const std::function<bool()>& stop) {
  const eval::Room room = room_for(loaded.task, job, answering);
  const eval::TaskRunInfo info = run_info(loaded, job, run, answering, room);
  const fs::path folder = job.output / loaded.task.name;
  eval::keep_run_info(info, folder);
  eval::Shots shots(loaded.task, options.data_root, run.seed);
  eval::TaskRunOptions how{job.batch,
                           eval::parse_shard(options.shard.value_or("1/1"), "--shard"),
                           program_runner(options),
                           reward_of(answering),
                           {},
                           {}};
  std::optional<Progress> progress;
  bool ended = true;
  how.stop = [&] { return !(ended = !stop()); };
  how.on_batch = [&](std::int64_t done, std::int64_t all) {
    if (!progress) progress.emplace(loaded.task.name, all, done);
    progress->update(done);
  };
  eval::answer_task({loaded.task, info, loaded.items, shots, room, folder}, answering.answerer(),
                    answering.tokenizer(), how);
  if (ended) progress->finish();
  return ended;
}

}  // namespace

std::string model_name(const fs::path& model) {
  const fs::path folder = fs::absolute(model).lexically_normal();
  return folder.has_filename() ? folder.filename() : folder.parent_path().filename();
}

void TaskOptions::declare(OptionSet& options) {
  options.repeated("--task", tasks, "NAME",
                   "ask this task's records, more than one with commas or --task again: " +
                       joined(eval::task_names()) + ", or a file that ends with .yaml");
  options.option("--data-root", data_root, "DIR",
                 "with --task: folder that the tasks' data lies in (data)");
  options.option("--shard", shard, "I/N",
                 "with --task: only each N-th record, from the I-th on, so that N processes share "
                 "the work and the output folder");
  options.option("--rescore", rescore, "DIR",
                 "score the records that an output folder of --task holds again, without a model");
  options.flag("--run-generated-programs", run_programs,
               "with --task humaneval: run what the model wrote, confined (docs/evaluation.md)");
  options.option("--judge", judge, "URL",
                 "with --task alpaca_eval: send instructions and answers to this address of "
                 "OpenAI's form, such as http://127.0.0.1:8080/v1, to be compared");
  options.option("--judge-model", judge_model, "NAME", "with --judge: the model that judges");
  options.option("--judge-key", judge_key, "FILE", "with --judge: file that holds the key to send");
}

bool TaskOptions::asked() const {
  const bool any = !tasks.empty() || rescore.has_value();
  const auto refuse = [](bool wrong, const char* message) {
    if (wrong) throw UsageError(message);
  };
  refuse(!tasks.empty() && rescore.has_value(), "--rescore: not with --task");
  refuse(shard.has_value() && tasks.empty(), "--shard: needs --task");
  refuse(run_programs && !any, "--run-generated-programs: needs --task or --rescore");
  refuse(judge.has_value() && !any, "--judge: needs --task or --rescore");
  refuse(judge.has_value() && !judge_model, "--judge-model: expected a name, found nothing");
  refuse(!judge.has_value() && judge_model, "--judge-model: needs --judge");
  refuse(!judge.has_value() && judge_key, "--judge-key: needs --judge");
  return any;
}

void TaskSettings::bind(SettingsBinder& b) {
  b.field("answer_tokens", answer_tokens, "with --task: places of an answer (0: as the task says)")
      .at_least(0);
  b.field("judge_timeout", judge_timeout, "with --judge: seconds to wait for its answer").above(0);
}

std::vector<eval::TaskScore> answer_tasks(const TaskOptions& options, const TaskJob& asked,
                                          const Run& run, SignalWatcher& signals) {
  TaskJob job = asked;
  eval::parse_shard(options.shard.value_or("1/1"), "--shard");
  const auto loaded = load_tasks(options, job.limit);
  const auto judge = make_judge(options, job.settings);
  Answering answering(job.answering, job.generate);
  if (job.output.empty()) job.output = fs::path("eval") / model_name(*job.answering.model);
  const auto stopped = stop_on_signal(signals);
  std::vector<std::string> names;
  for (const LoadedTask& task : loaded) {
    names.push_back(task.task.name);
    if (answer(task, options, job, run, answering, [&] { return stopped->load(); })) continue;
    throw Error("stopped: the same command goes on with the records that are left");
  }
  return score_tasks(job.output, options, judge.get(), false, names);
}

void evaluate_tasks(const TaskOptions& options, const TaskJob& job, const Run& run,
                    SignalWatcher& signals) {
  run.out << eval::task_table(answer_tasks(options, job, run, signals));
}

void rescore_tasks(const TaskOptions& options, const TaskSettings& settings, const Run& run) {
  const auto judge = make_judge(options, settings);
  if (fs::exists(*options.rescore / kSweepName)) {
    return rescore_sweep(*options.rescore, options, judge.get(), run.out);
  }
  run.out << eval::task_table(score_tasks(*options.rescore, options, judge.get(), true, {}));
}

}  // namespace tess2::app
