#include "eval/accuracy.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iterator>

#include "data/synth/check.h"
#include "text/utf8.h"

namespace tess2::eval {
namespace {

using Clock = std::chrono::steady_clock;

// The normal distribution holds 95 % between minus and plus this.
constexpr double kNormal95 = 1.959963984540054;

std::vector<generate::Prompt> make_prompts(const std::vector<Question>& questions,
                                           const text::Tokenizer& tokenizer,
                                           const EvalOptions& options) {
  std::vector<generate::Prompt> prompts;
  for (const Question& question : questions) {
    prompts.push_back({encode_question(question, options.length, tokenizer),
                       prompt_seed(options.seed, prompts.size())});
  }
  return prompts;
}

Outcome judge(const Question& question, Reply reply, std::uint64_t seed, const Scorer& scorer) {
  Outcome outcome{question, std::move(reply), seed};
  outcome.right = data::synth::check_answer(
      question.task,
      {.prompt = question.prompt(), .answer = question.answer, .output = outcome.reply.text});
  if (scorer) outcome.reward = scorer(question, outcome.reply);
  return outcome;
}

Score& score_of(const std::string& task, Summary& summary) {
  auto& tasks = summary.tasks;
  const auto found = std::ranges::find(tasks, task, &std::pair<std::string, Score>::first);
  if (found != tasks.end()) return found->second;
  return tasks.emplace_back(task, Score{}).second;
}

void count(const Outcome& outcome, Score& score) {
  ++score.answers.total;
  if (outcome.right) ++score.answers.right;
  score.steps += outcome.reply.steps;
}

// The mean of what `read` gets out of the outcomes that have it.
template <class Read>
std::optional<double> mean_of(const std::vector<Outcome>& outcomes, Read read) {
  double sum = 0.0;
  std::int64_t count = 0;
  for (const Outcome& outcome : outcomes) {
    const std::optional<double> value = read(outcome);
    if (!value) continue;
    sum += *value;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / static_cast<double>(count);
}

Summary summarise(const std::vector<Outcome>& outcomes, double seconds) {
  Summary summary;
  summary.seconds = seconds;
  for (const Outcome& outcome : outcomes) {
    count(outcome, summary.all);
    count(outcome, score_of(outcome.question.task, summary));
  }
  summary.mean_reward = mean_of(outcomes, [](const Outcome& o) { return o.reward; });
  summary.mean_prompt_drift =
      mean_of(outcomes, [](const Outcome& o) { return o.reply.prompt_drift; });
  return summary;
}

double score_ids(const model::RewardModel& model, const std::vector<text::TokenId>& ids) {
  at::NoGradGuard no_grad;
  return model.score(at::tensor(ids, at::kLong).unsqueeze(0)).item<double>();
}

}  // namespace

Interval wilson_interval(double rate, double count) {
  const double z2 = kNormal95 * kNormal95;
  const double middle = (rate + z2 / (2 * count)) / (1 + z2 / count);
  const double half = kNormal95 * std::sqrt(rate * (1 - rate) / count + z2 / (4 * count * count)) /
                      (1 + z2 / count);
  return {std::max(middle - half, 0.0), std::min(middle + half, 1.0)};
}

double Share::rate() const {
  return total == 0 ? 0.0 : static_cast<double>(right) / static_cast<double>(total);
}

Interval Share::interval() const {
  return total == 0 ? Interval{} : wilson_interval(rate(), static_cast<double>(total));
}

double Score::mean_steps() const {
  if (answers.total == 0) return 0.0;
  return static_cast<double>(steps) / static_cast<double>(answers.total);
}

Scorer reward_scorer(const model::RewardModel& model, const text::Tokenizer& tokenizer) {
  return [&](const Question& question, const Reply& reply) {
    std::vector<text::Message> dialogue = question.messages;
    dialogue.push_back({"assistant", reply.text});
    return score_ids(model, text::encode_for_reward(dialogue, tokenizer));
  };
}

double reward_of_prompt(const model::RewardModel& model, const text::Tokenizer& tokenizer,
                        const std::string& prompt, const std::string& output) {
  const auto token = [&](text::TokenId id) { return tokenizer.decode(std::array{id}); };
  const std::string start = token(tokenizer.bos());
  const std::string_view asked =
      std::string_view(prompt).substr(prompt.starts_with(start) ? start.size() : 0);
  // Where the reply was begun, the output goes on in its line.
  const bool begins = prompt.ends_with('\n');
  const std::string answer(begins ? text::strip(output) : std::string_view(output));
  return score_ids(model,
                   tokenizer.encode(std::string(asked) + answer + token(tokenizer.eos()) + "\n"));
}

Evaluation evaluate(const std::vector<Question>& questions, Answerer& answerer,
                    const text::Tokenizer& tokenizer, const EvalOptions& options) {
  const auto prompts = make_prompts(questions, tokenizer, options);
  Evaluation evaluation;
  auto& outcomes = evaluation.outcomes;
  std::chrono::duration<double> taken{};
  while (outcomes.size() < prompts.size()) {
    const auto first = prompts.begin() + std::ssize(outcomes);
    const auto size = std::min<std::ptrdiff_t>(options.batch, prompts.end() - first);
    const Clock::time_point start = Clock::now();
    auto replies = answerer.answer({first, first + size});
    taken += Clock::now() - start;
    for (Reply& reply : replies) {
      const std::size_t i = outcomes.size();
      outcomes.push_back(judge(questions[i], std::move(reply), prompts[i].seed, options.scorer));
    }
    if (options.on_batch) options.on_batch(std::ssize(outcomes));
  }
  evaluation.summary = summarise(outcomes, taken.count());
  return evaluation;
}

}  // namespace tess2::eval
