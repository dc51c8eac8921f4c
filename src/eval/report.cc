#include "eval/report.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace tess2::eval {
namespace {

template <class... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  std::array<char, 96> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, arguments...);
  return buffer.data();
}

// `name` takes `width` cells.
std::string table_row(std::string name, std::size_t width, const Score& score) {
  name.resize(width, ' ');
  const auto& [right, total] = score.answers;
  const Interval interval = score.answers.interval();
  return name + formatted("  %6lld %6lld  %7.1f %%  %5.1f to %5.1f %%  %6.1f\n",
                          static_cast<long long>(right), static_cast<long long>(total),
                          100 * score.answers.rate(), 100 * interval.low, 100 * interval.high,
                          score.mean_steps());
}

}  // namespace

std::string table_text(const Summary& summary) {
  std::size_t width = 4;
  for (const auto& [task, score] : summary.tasks) width = std::max(width, task.size());
  std::string text = "task";
  text.resize(width, ' ');
  text += "   right  total   accuracy  95 % interval     steps\n";
  for (const auto& [task, score] : summary.tasks) text += table_row(task, width, score);
  text += table_row("all", width, summary.all);
  if (summary.mean_reward) text += formatted("mean reward %.4f\n", *summary.mean_reward);
  if (summary.mean_prompt_drift) {
    text += formatted("the prompt's kept keys and values had moved by %.1f %%\n",
                      100 * *summary.mean_prompt_drift);
  }
  return text + formatted("answered in %.1f s\n", summary.seconds);
}

std::string summary_line(const Summary& summary) {
  const Share& answers = summary.all.answers;
  const Interval interval = answers.interval();
  const std::string reward =
      summary.mean_reward ? formatted("%.6f", *summary.mean_reward) : std::string("-");
  return formatted("%.4f\t%.4f\t%.4f\t", answers.rate(), interval.low, interval.high) + reward +
         formatted("\t%.3f\t%.2f\n", summary.seconds, summary.all.mean_steps());
}

std::string json_line(const Outcome& outcome) {
  nlohmann::ordered_json json;
  json["line"] = outcome.question.place.number;
  json["task"] = outcome.question.task;
  json["prompt"] = outcome.question.prompt();
  json["answer"] = outcome.question.answer;
  json["reply"] = outcome.reply.text;
  json["right"] = outcome.right;
  json["reward"] = nullptr;
  if (outcome.reward) json["reward"] = *outcome.reward;
  json["seed"] = outcome.seed;
  json["steps"] = outcome.reply.steps;
  if (outcome.reply.prompt_drift) json["prompt_drift"] = *outcome.reply.prompt_drift;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tess2::eval
