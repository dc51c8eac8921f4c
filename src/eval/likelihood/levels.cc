#include "eval/likelihood/levels.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.h"
#include "core/random.h"
#include "diffusion/canvas.h"
#include "diffusion/logit_rows.h"
#include "diffusion/noise.h"
#include "diffusion/simplex.h"
#include "diffusion/simplex_kernels.h"
#include "tensor/parallel.h"

namespace tess2::eval {
namespace {

using diffusion::Canvas;
using diffusion::Level;
using diffusion::Schedule;

// Signal to noise ratio, of the levels as the canvas is made with them.
double ratio_at(const Schedule& schedule, std::int64_t t) {
  const Level level = schedule.level(t);
  return std::pow(static_cast<double>(level.signal) / static_cast<double>(level.noise), 2);
}

// The first level that has noise.
std::int64_t first_noisy(const Schedule& schedule) {
  std::int64_t t = 0;
  while (t < schedule.steps() && schedule.level(t).noise == 0.0f) ++t;
  return t;
}

// KL(q(s_{t-1} | s_t, s_0) || q(s_{t-1} | s_t, the predicted s_0)) is this times the squared
// distance of the two clean simplexes, in units of 2k.
double step_weight(const Schedule& schedule, std::int64_t t) {
  if (t == 0 || schedule.level(t - 1).noise == 0.0f) return 0.0;
  return 2.0 * (ratio_at(schedule, t - 1) - ratio_at(schedule, t));
}

// KL(N(a e, σ²) || N(0, 1)) of a row, e having V entries of ±1.
double prior_of_row(const Schedule& schedule, std::int64_t vocab) {
  const Level level = schedule.level(schedule.steps() - 1);
  const double signal2 = std::pow(static_cast<double>(level.signal), 2);
  const double noise2 = std::pow(static_cast<double>(level.noise), 2);
  return 0.5 * static_cast<double>(vocab) * (noise2 + signal2 - 1.0 - std::log(noise2));
}

struct RowError {
  double loss = 0.0;      ///< -log p of the token
  double distance = 0.0;  ///< |onehot - p|²
};

RowError row_error(const diffusion::LogitRow& logits, std::int64_t token,
                   std::vector<float>& probabilities) {
  const auto place = static_cast<std::size_t>(token);
  const float lse = diffusion::log_sum_exp(logits);
  diffusion::exponentials_of(logits, lse, 1.0f, probabilities);
  RowError error;
  float logit = 0.0f;
  logits.part(place, 1).copy_to({&logit, 1});
  error.loss = static_cast<double>(lse) - static_cast<double>(logit);
  probabilities[place] -= 1.0f;
  for (const float p : probabilities) error.distance += static_cast<double>(p) * p;
  return error;
}

std::vector<RowError> row_errors(const at::Tensor& logits, const Canvas& canvas) {
  constexpr std::int64_t kBlock = 16;
  const diffusion::LogitRows rows(logits);
  const at::Tensor tokens = canvas.row_tokens();
  const auto* token = tokens.data_ptr<std::int64_t>();
  std::vector<RowError> errors(static_cast<std::size_t>(rows.count()));
  tensor::parallel_blocks(rows.count(), kBlock, [&](std::int64_t begin, std::int64_t end) {
    std::vector<float> probabilities(static_cast<std::size_t>(rows.width()));
    for (std::int64_t n = begin; n < end; ++n) {
      errors[static_cast<std::size_t>(n)] = row_error(rows[n], token[n], probabilities);
    }
  });
  return errors;
}

// The levels and the noise at which a text is looked at in some of the ranges.
struct Looks {
  std::vector<std::int64_t> t;
  std::vector<std::uint64_t> seeds;
};

Looks draw_looks(const std::vector<std::int64_t>& bounds, std::uint64_t seed, std::size_t first,
                 std::size_t last) {
  Looks looks;
  for (std::size_t i = first; i < last; ++i) {
    const double u = uniform_at(seed, Stream::kTimestep, static_cast<std::uint32_t>(i), 0);
    const auto width = static_cast<double>(bounds[i + 1] - bounds[i]);
    looks.t.push_back(bounds[i] + static_cast<std::int64_t>(u * width));
    looks.seeds.push_back(derive_seed(seed, i + 1));
  }
  return looks;
}

// A sequence for each look, all of them the same text.
Canvas canvas_for(const ScoredText& text, std::int64_t padded, std::int64_t pad,
                  std::int64_t batch) {
  const std::int64_t size = std::ssize(text.ids);
  const std::int64_t length = std::max(size, padded);
  at::Tensor ids = at::full({1, length}, pad, at::kLong);
  std::ranges::copy(text.ids, ids.data_ptr<std::int64_t>());
  at::Tensor span = at::ones({1, length}, at::kBool);
  span.narrow(1, 0, std::max<std::int64_t>(text.first, 1)).fill_(false);
  return {ids.repeat({batch, 1}), span.repeat({batch, 1})};
}

at::Tensor predict(diffusion::Denoiser& denoiser, const Canvas& canvas, const Schedule& schedule,
                   const std::vector<std::int64_t>& t, const diffusion::NoiseSource& noise,
                   const at::Tensor& previous) {
  std::vector<Level> levels;
  std::vector<float> times;
  for (const std::int64_t level : t) {
    levels.push_back(schedule.level(level));
    times.push_back(schedule.time(level));
  }
  const auto simplex =
      diffusion::NoisySimplex::regenerated(canvas, canvas.row_tokens(), levels, noise, 0);
  return denoiser.predict({canvas, simplex, times, previous});
}

// With the same noise, a prediction at t + 1 first, as in training.
at::Tensor predict_again(diffusion::Denoiser& denoiser, const Canvas& canvas,
                         const Schedule& schedule, const std::vector<std::int64_t>& t,
                         const diffusion::NoiseSource& noise) {
  std::vector<std::int64_t> later = t;
  for (std::int64_t& level : later) level = std::min(level + 1, schedule.steps() - 1);
  const at::Tensor previous = predict(denoiser, canvas, schedule, later, noise, {});
  return predict(denoiser, canvas, schedule, t, noise, previous);
}

// Sums over the rows of sequence `b`: its scored tokens, and all of them.
struct Sums {
  double loss = 0.0;
  double all_loss = 0.0;
  double all_distance = 0.0;
};

Sums sum_rows(const std::vector<RowError>& errors, const Canvas& canvas, std::int64_t b,
              std::int64_t size) {
  Sums sums;
  for (std::int64_t n = canvas.row_begin(b); n < canvas.row_begin(b + 1); ++n) {
    const RowError& error = errors[static_cast<std::size_t>(n)];
    if (canvas.row_position(n) < size) sums.loss += error.loss;
    sums.all_loss += error.loss;
    sums.all_distance += error.distance;
  }
  return sums;
}

LevelSample sample_of(const Sums& sums, std::int64_t t, std::int64_t begin, std::int64_t end,
                      const Schedule& schedule) {
  LevelSample sample;
  sample.t = t;
  sample.loss = sums.loss;
  sample.all_loss = sums.all_loss;
  const double cost = step_weight(schedule, t) * sums.all_distance;
  sample.step_cost = cost * static_cast<double>(end - begin);
  sample.part_cost = cost * static_cast<double>(t - begin);
  return sample;
}

std::vector<Amount> amounts_of(std::span<const TextLevels> texts,
                               double (*read)(const TextLevels&, std::size_t), std::size_t level) {
  std::vector<Amount> amounts;
  for (const TextLevels& text : texts) {
    amounts.push_back({read(text, level), static_cast<double>(text.tokens)});
  }
  return amounts;
}

// The range with the lowest bound for every second text from `first` on.
std::size_t best_level(std::span<const TextLevels> texts, std::size_t first) {
  const std::size_t levels = texts.front().samples.size();
  if (first >= texts.size()) return levels / 2;
  std::vector<double> sums(levels, 0.0);
  for (std::size_t i = first; i < texts.size(); i += 2) {
    for (std::size_t j = 0; j < levels; ++j) sums[j] += bound_of(texts[i], j);
  }
  return static_cast<std::size_t>(std::ranges::min_element(sums) - sums.begin());
}

}  // namespace

std::vector<std::int64_t> level_bounds(const Schedule& schedule, std::int64_t levels) {
  const std::int64_t first = first_noisy(schedule);
  const std::int64_t count = schedule.steps() - first;
  if (levels < 1 || count < levels) {
    throw UsageError("levels: expected 1 to " + std::to_string(count) + " for " +
                     std::to_string(schedule.steps()) + " timesteps, found " +
                     std::to_string(levels));
  }
  std::vector<std::int64_t> bounds;
  for (std::int64_t i = 0; i <= levels; ++i) bounds.push_back(first + count * i / levels);
  return bounds;
}

TextLevels look_at_levels(diffusion::Denoiser& denoiser, const ScoredText& text,
                          std::int64_t padded, std::int64_t pad, std::uint64_t seed,
                          const LevelSettings& settings) {
  at::NoGradGuard no_grad;
  const Schedule schedule(settings.schedule, settings.timesteps);
  const auto bounds = level_bounds(schedule, settings.levels);
  const std::int64_t size = std::ssize(text.ids);
  TextLevels found;
  for (std::size_t first = 0; first + 1 < bounds.size();) {
    const std::size_t last =
        std::min(first + static_cast<std::size_t>(settings.batch), bounds.size() - 1);
    const Looks looks = draw_looks(bounds, seed, first, last);
    const Canvas canvas = canvas_for(text, padded, pad, std::ssize(looks.t));
    const diffusion::CounterNoise noise(looks.seeds);
    const auto errors = row_errors(predict(denoiser, canvas, schedule, looks.t, noise, {}), canvas);
    std::vector<RowError> again;
    if (settings.self_condition) {
      again = row_errors(predict_again(denoiser, canvas, schedule, looks.t, noise), canvas);
    }
    for (std::size_t i = first; i < last; ++i) {
      const auto b = static_cast<std::int64_t>(i - first);
      found.samples.push_back(sample_of(sum_rows(errors, canvas, b, size), looks.t[i - first],
                                        bounds[i], bounds[i + 1], schedule));
      if (settings.self_condition) {
        found.samples.back().self_loss = sum_rows(again, canvas, b, size).loss;
      }
    }
    found.prior =
        static_cast<double>(canvas.row_begin(1)) * prior_of_row(schedule, denoiser.vocab_size());
    first = last;
  }
  found.tokens = size - std::max<std::int64_t>(text.first, 1);
  found.words = text.words;
  found.bytes = text.bytes;
  return found;
}

double bound_of(const TextLevels& text, std::size_t level) {
  double bound = text.prior + text.samples[level].all_loss + text.samples[level].part_cost;
  for (std::size_t j = level + 1; j < text.samples.size(); ++j) bound += text.samples[j].step_cost;
  return bound;
}

std::vector<LevelEstimate> level_estimates(std::span<const TextLevels> texts,
                                           const LevelSettings& settings, std::uint64_t seed) {
  const Schedule schedule(settings.schedule, settings.timesteps);
  const auto bounds = level_bounds(schedule, settings.levels);
  std::vector<LevelEstimate> estimates;
  for (std::size_t j = 0; j + 1 < bounds.size(); ++j) {
    const auto estimate = [&](double (*read)(const TextLevels&, std::size_t)) {
      return ratio_estimate(amounts_of(texts, read, j), seed);
    };
    LevelEstimate level{schedule.time(bounds[j]), 1.0, {}, {}, {}, {}};
    if (bounds[j + 1] < schedule.steps()) level.to = schedule.time(bounds[j + 1]);
    level.loss = estimate([](const TextLevels& t, std::size_t i) { return t.samples[i].loss; });
    level.self_loss =
        estimate([](const TextLevels& t, std::size_t i) { return t.samples[i].self_loss; });
    level.step_cost =
        estimate([](const TextLevels& t, std::size_t i) { return t.samples[i].step_cost; });
    level.bound = estimate(bound_of);
    estimates.push_back(level);
  }
  return estimates;
}

std::vector<TextCost> bound_costs(std::span<const TextLevels> texts) {
  if (texts.empty()) return {};
  const std::size_t for_even = best_level(texts, 1);
  const std::size_t for_odd = best_level(texts, 0);
  std::vector<TextCost> costs;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const TextLevels& text = texts[i];
    costs.push_back(
        {bound_of(text, i % 2 == 0 ? for_even : for_odd), text.tokens, text.words, text.bytes});
  }
  return costs;
}

}  // namespace tess2::eval
