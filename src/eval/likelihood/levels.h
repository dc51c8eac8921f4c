// A diffusion model on held-out text: its loss by noise level, and a bound on the text's
// likelihood. docs/evaluation.md derives the bound.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "diffusion/denoiser.h"
#include "diffusion/schedule.h"
#include "eval/likelihood/estimate.h"
#include "eval/likelihood/perplexity.h"
#include "eval/likelihood/texts.h"

namespace tess2::eval {

struct LevelSettings {
  std::int64_t levels = 20;       ///< equal ranges of t, in each of which a text is looked at once
  std::int64_t timesteps = 5000;  ///< T of the process that is bounded
  diffusion::ScheduleKind schedule = diffusion::ScheduleKind::kSquaredCosImproved;
  bool self_condition = false;  ///< also the loss with a prediction at t + 1 before
  std::int64_t batch = 8;       ///< predictions made together; does not change them
};

/// What one prediction of a text at a level t, drawn in a range of levels, shows. Sums over its
/// scored tokens, in nats; those named `all` also over its padding.
struct LevelSample {
  std::int64_t t = 0;
  double loss = 0.0;       ///< cross-entropy, without a previous prediction
  double self_loss = 0.0;  ///< with one, where asked for
  double all_loss = 0.0;
  double step_cost = 0.0;  ///< KL of the step from t to t - 1, times the levels of the range
  /// The same times the chance that t lies above a level drawn in the range as t was.
  double part_cost = 0.0;
};

/// A text at each range of levels, the one with the least noise first.
struct TextLevels {
  std::vector<LevelSample> samples;
  double prior = 0.0;  ///< KL of s_{T-1} from pure noise, nats
  std::int64_t tokens = 0, words = 0, bytes = 0;
};

/// The ranges of t: `levels` + 1 ascending bounds from the first level with noise to T. Throws
/// UsageError where T is too small for as many.
std::vector<std::int64_t> level_bounds(const diffusion::Schedule& schedule, std::int64_t levels);

/// Looks at `text` once in each range, at a t and with noise that are functions of `seed` and the
/// range. The canvas is as long as the text or, where `padded` is more, filled up to that with
/// `pad`, which is predicted too. Position 0 is given: nothing predicts it.
TextLevels look_at_levels(diffusion::Denoiser& denoiser, const ScoredText& text,
                          std::int64_t padded, std::int64_t pad, std::uint64_t seed,
                          const LevelSettings& settings);

/// Over all texts, in one range of levels.
struct LevelEstimate {
  double from = 0.0, to = 0.0;  ///< t/T
  Estimate loss;                ///< nats a token
  Estimate self_loss;
  Estimate step_cost;  ///< nats a token that the steps of this range cost
  Estimate bound;      ///< nats a token, where the tokens are read at a level of this range
};

std::vector<LevelEstimate> level_estimates(std::span<const TextLevels> texts,
                                           const LevelSettings& settings, std::uint64_t seed);

/// A bound on -log p of a text whose tokens are read in range `level`: an unbiased estimate.
double bound_of(const TextLevels& text, std::size_t level);

/// The bound for each text, read where it is lowest for other texts: the even ones where it is
/// lowest for the odd ones and the other way round, so that the choice does not flatter. A half
/// without other texts is read in the middle range.
std::vector<TextCost> bound_costs(std::span<const TextLevels> texts);

}  // namespace tess2::eval
