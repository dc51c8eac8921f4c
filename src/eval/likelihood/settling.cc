#include "eval/likelihood/settling.h"

#include <algorithm>
#include <cmath>

#include "generate/answer_text.h"
#include "generate/generator.h"

namespace tess2::eval {
namespace {

using generate::Session;
using generate::Slot;

void add_step(const Session& session, WatchedAnswer& answer) {
  const std::vector<Slot> slots = session.slots(0);
  answer.places.resize(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    answer.places[i].probability.push_back(slots[i].probability);
    answer.places[i].entropy.push_back(slots[i].entropy);
    answer.places[i].settled_at = slots[i].settled_at;
  }
  answer.steps = session.steps_taken();
}

// What follows the end token is padding, of which a run is soon sure.
void end_answer(const Session& session, const text::Tokenizer& tokenizer, WatchedAnswer& answer) {
  const std::vector<text::TokenId> places(session.tokens().begin(), session.tokens().end());
  answer.ids = generate::cut_at_end(places, tokenizer);
  answer.text = tokenizer.decode(answer.ids);
  answer.places.resize(std::min(answer.ids.size() + 1, answer.places.size()));
}

using Read = double (*)(const PlaceHistory& place, std::size_t step);

Estimate estimate_over(std::span<const WatchedAnswer> answers, std::size_t step, Read read,
                       std::uint64_t seed) {
  std::vector<Amount> amounts;
  for (const WatchedAnswer& answer : answers) {
    Amount amount{0.0, static_cast<double>(answer.places.size())};
    for (const PlaceHistory& place : answer.places) amount.sum += read(place, step);
    amounts.push_back(amount);
  }
  return ratio_estimate(amounts, seed);
}

double at_step(const std::vector<float>& values, std::size_t step) {
  return static_cast<double>(values[std::min(step, values.size() - 1)]);
}

std::int64_t share_settled_by(const std::vector<std::int64_t>& ascending, double share) {
  const double place = std::ceil(share * static_cast<double>(ascending.size())) - 1.0;
  return ascending[static_cast<std::size_t>(std::max(place, 0.0))];
}

}  // namespace

std::vector<WatchedAnswer> watch_answers(const generate::SessionHost& host,
                                         std::span<const WatchedStart> starts,
                                         const generate::SessionSettings& settings,
                                         const std::function<void(std::int64_t done)>& on_answer) {
  std::vector<WatchedAnswer> answers(starts.size());
  std::int64_t done = 0;
  generate::SessionJobs jobs;
  jobs.start = [&](std::size_t i) {
    generate::SessionSettings how = settings;
    how.seed = starts[i].seed;
    return host.start(starts[i].layout, how);
  };
  jobs.stepped = [&](std::size_t i, const Session& session) {
    add_step(session, answers[i]);
    return false;
  };
  jobs.ended = [&](std::size_t i, const Session& session) {
    end_answer(session, host.tokenizer(), answers[i]);
    if (on_answer) on_answer(++done);
  };
  generate::run_sessions(starts.size(), jobs);
  return answers;
}

std::vector<StepEstimate> step_estimates(std::span<const WatchedAnswer> answers,
                                         std::uint64_t seed) {
  std::int64_t steps = 0;
  for (const WatchedAnswer& answer : answers) steps = std::max(steps, answer.steps);
  std::vector<StepEstimate> estimates;
  for (std::int64_t step = 1; step <= steps; ++step) {
    const auto over = [&](Read read) {
      return estimate_over(answers, static_cast<std::size_t>(step) - 1, read, seed);
    };
    estimates.push_back(
        {step, over([](const PlaceHistory& p, std::size_t s) { return at_step(p.probability, s); }),
         over([](const PlaceHistory& p, std::size_t s) { return at_step(p.entropy, s); }),
         over([](const PlaceHistory& p, std::size_t s) {
           return p.settled_at <= static_cast<std::int64_t>(s) + 1 ? 1.0 : 0.0;
         })});
  }
  return estimates;
}

SettleSteps settle_steps(std::span<const WatchedAnswer> answers, std::uint64_t seed) {
  SettleSteps found;
  std::vector<std::int64_t> steps;
  for (const WatchedAnswer& answer : answers) {
    for (const PlaceHistory& place : answer.places) steps.push_back(place.settled_at);
  }
  if (steps.empty()) return found;
  std::ranges::sort(steps);
  found.mean = estimate_over(
      answers, 0,
      [](const PlaceHistory& p, std::size_t) { return static_cast<double>(p.settled_at); }, seed);
  found.tenth = share_settled_by(steps, 0.1);
  found.half = share_settled_by(steps, 0.5);
  found.nine_tenths = share_settled_by(steps, 0.9);
  return found;
}

}  // namespace tess2::eval
