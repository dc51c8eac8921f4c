#include "eval/harness/run.h"

#include <algorithm>
#include <utility>

#include "core/error.h"
#include "generate/answer_text.h"

namespace tess2::eval {
namespace {

using Batch = std::vector<const Item*>;

// A record that is there must be to the question that this run would ask.
void check_records(const TaskRun& run, const Records& records) {
  std::map<std::size_t, const Item*> items;
  for (const Item& item : run.items) items[item.index] = &item;
  for (const auto& [index, record] : records) {
    const auto item = items.find(index);
    const bool same = item != items.end() && item->second->gold == record.gold &&
                      record.seed == prompt_seed(run.info.seed, index);
    if (same) continue;
    data::throw_line_error(record.place, "index", "a record of this run's data and seed",
                           std::to_string(index));
  }
}

TaskRecord new_record(const TaskRun& run, const Item& item, const TaskPrompt& prompt) {
  TaskRecord record;
  record.subtask = item.subtask;
  record.index = item.index;
  record.prompt = prompt.text;
  record.shots = prompt.shots;
  record.gold = item.gold;
  record.seed = prompt.prompt.seed;
  record.settings = run.info.settings;
  record.asked = prompt.fits;
  record.place = item.place;
  return record;
}

// The text of a reply; where it goes on with a begun one, with its first space.
std::string output_of(const Reply& reply, const Task& task, const text::Tokenizer& tokenizer) {
  return task.prompt.reply.empty() ? reply.text : generate::continuation_text(tokenizer, reply.ids);
}

void fill_in(const std::vector<Reply>& replies, const Task& task, const text::Tokenizer& tokenizer,
             std::vector<TaskRecord>& records) {
  auto reply = replies.begin();
  for (TaskRecord& record : records) {
    if (!record.asked) continue;
    record.output = output_of(*reply, task, tokenizer);
    record.steps = reply->steps;
    record.seconds = reply->seconds;
    ++reply;
  }
}

std::vector<TaskRecord> answer_batch(const TaskRun& run, const Batch& batch, Answerer& answerer,
                                     const text::Tokenizer& tokenizer,
                                     const TaskRunOptions& options) {
  std::vector<TaskRecord> records;
  std::vector<generate::Prompt> prompts;
  for (const Item* item : batch) {
    const std::uint64_t seed = prompt_seed(run.info.seed, item->index);
    TaskPrompt prompt =
        make_task_prompt(run.task, *item, run.shots.of(item->subtask), run.room, seed, tokenizer);
    records.push_back(new_record(run, *item, prompt));
    if (prompt.fits) prompts.push_back(std::move(prompt.prompt));
  }
  if (!prompts.empty()) fill_in(answerer.answer(prompts), run.task, tokenizer, records);
  for (TaskRecord& record : records) {
    record.verdict = judge_output(run.task.metric, record.gold, record.output, options.run_program,
                                  record.place);
    if (options.reward && record.asked)
      record.reward = options.reward(record.prompt, record.output);
  }
  return records;
}

}  // namespace

void answer_task(const TaskRun& run, Answerer& answerer, const text::Tokenizer& tokenizer,
                 const TaskRunOptions& options) {
  RecordFile file(run.folder, options.shard, run.task.name);
  const Records there = read_records(run.folder, run.info);
  check_records(run, there);
  Batch shard;
  Batch open;
  for (const Item& item : run.items) {
    if (!options.shard.has(item.index)) continue;
    shard.push_back(&item);
    if (!there.contains(item.index)) open.push_back(&item);
  }
  auto next = open.begin();
  const auto tell = [&] {
    const std::int64_t left = open.end() - next;
    if (options.on_batch) options.on_batch(std::ssize(shard) - left, std::ssize(shard));
  };
  tell();
  while (next != open.end() && !(options.stop && options.stop())) {
    const auto end = next + std::min<std::ptrdiff_t>(options.batch, open.end() - next);
    file.append(answer_batch(run, {next, end}, answerer, tokenizer, options));
    next = end;
    tell();
  }
}

std::int64_t judge_again(Metric metric, const RunProgram& run, Records& records) {
  std::int64_t changed = 0;
  for (auto& [index, record] : records) {
    auto verdict = judge_output(metric, record.gold, record.output, run, record.place);
    if (!verdict) continue;
    changed += record.verdict && *verdict != *record.verdict ? 1 : 0;
    record.verdict = std::move(verdict);
  }
  return changed;
}

}  // namespace tess2::eval
