#include "eval/harness/score.h"

#include <algorithm>
#include <map>

namespace tess2::eval {
namespace {

// Variance of a ratio of sums (its linearisation), the records being independent.
double ratio_variance(const std::vector<Measure>& measures, double rate, double weight) {
  double squares = 0.0;
  for (const Measure& m : measures) {
    const double rest = m.value - rate * m.weight;
    squares += rest * rest;
  }
  return squares / (weight * weight);
}

// Tries whose rate is as uncertain as `variance`.
double tries(double rate, double variance, double otherwise) {
  const double single = rate * (1 - rate);
  return variance > 0.0 && single > 0.0 ? single / variance : otherwise;
}

struct Ratio {
  double rate = 0.0;
  double variance = 0.0;
};

Ratio ratio_of(const std::vector<Measure>& measures) {
  double value = 0.0;
  double weight = 0.0;
  for (const Measure& m : measures) {
    value += m.value;
    weight += m.weight;
  }
  const double rate = weight > 0.0 ? std::clamp(value / weight, 0.0, 1.0) : 0.0;
  return {rate, weight > 0.0 ? ratio_variance(measures, rate, weight) : 0.0};
}

// The measure at place `i` of each verdict.
std::vector<Measure> column(const std::vector<const TaskRecord*>& records, std::size_t i) {
  std::vector<Measure> measures;
  for (const TaskRecord* record : records) measures.push_back(record->verdict->measures.at(i));
  return measures;
}

std::vector<MeasureScore> scores_of(const std::vector<const TaskRecord*>& records) {
  std::vector<MeasureScore> scores;
  const std::size_t count = records.front()->verdict->measures.size();
  for (std::size_t i = 0; i < count; ++i) scores.push_back(score_measures(column(records, i)));
  return scores;
}

using Groups = std::map<std::string, std::vector<const TaskRecord*>>;

// The variances of independent means add up.
MeasureScore mean_over(const Groups& groups) {
  const auto count = static_cast<double>(groups.size());
  MeasureScore mean;
  double variance = 0.0;
  for (const auto& [name, records] : groups) {
    const auto measures = column(records, 0);
    const Ratio ratio = ratio_of(measures);
    mean.name = measures.front().name;
    mean.value += ratio.rate / count;
    variance += ratio.variance / (count * count);
    mean.records += std::ssize(records);
  }
  mean.interval =
      wilson_interval(mean.value, tries(mean.value, variance, static_cast<double>(mean.records)));
  return mean;
}

void count_effort(const Records& records, TaskScore& score) {
  std::int64_t asked = 0;
  std::int64_t steps = 0;
  std::int64_t most_shots = 0;
  for (const auto& [index, record] : records) most_shots = std::max(most_shots, record.shots);
  for (const auto& [index, record] : records) {
    score.seconds += record.seconds;
    score.fewer_shots += record.shots < most_shots ? 1 : 0;
    asked += record.asked ? 1 : 0;
    steps += record.steps;
  }
  score.too_long = std::ssize(records) - asked;
  if (asked > 0) score.mean_steps = static_cast<double>(steps) / static_cast<double>(asked);
}

std::optional<Estimate> mean_reward(const Records& records, std::uint64_t seed) {
  std::vector<Amount> rewards;
  for (const auto& [index, record] : records) {
    if (record.reward) rewards.push_back({*record.reward, 1.0});
  }
  if (rewards.empty()) return std::nullopt;
  return ratio_estimate(rewards, seed);
}

std::string what_is_missing(const TaskScore& score, Metric metric, const Records& records) {
  if (score.records < score.wanted) {
    return std::to_string(score.records) + " of " + std::to_string(score.wanted) +
           " records are answered";
  }
  const auto unjudged = std::ranges::count_if(
      records, [](const auto& entry) { return !entry.second.verdict.has_value(); });
  if (unjudged == 0) return "";
  const std::string how = metric == Metric::kHumanEval
                              ? "its programs are only run with --run-generated-programs"
                              : "its judge is only asked with --judge";
  return std::to_string(unjudged) + " of " + std::to_string(score.wanted) +
         " records have no verdict: " + how;
}

}  // namespace

MeasureScore score_measures(const std::vector<Measure>& measures) {
  const Ratio ratio = ratio_of(measures);
  const auto count = static_cast<double>(measures.size());
  return {measures.front().name, ratio.rate,
          wilson_interval(ratio.rate, tries(ratio.rate, ratio.variance, count)),
          std::ssize(measures)};
}

TaskScore score_task(const TaskRunInfo& info, Metric metric, const Records& records) {
  TaskScore score;
  score.task = info.task;
  score.model = info.model;
  score.seed = info.seed;
  score.limit = info.limit;
  score.records = std::ssize(records);
  score.wanted = info.records;
  count_effort(records, score);
  score.missing = what_is_missing(score, metric, records);
  if (!score.missing.empty() || records.empty()) return score;
  std::vector<const TaskRecord*> all;
  Groups groups;
  for (const auto& [index, record] : records) {
    all.push_back(&record);
    if (!record.subtask.empty()) groups[record.subtask].push_back(&record);
  }
  score.measures = scores_of(all);
  score.reward = mean_reward(records, info.seed);
  for (const auto& [name, of_it] : groups) score.subtasks.push_back({name, scores_of(of_it)});
  if (groups.size() > 1) score.mean_of_subtasks.push_back(mean_over(groups));
  return score;
}

}  // namespace tess2::eval
