// How sure the sampler is over the steps, and when tokens stop changing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "eval/likelihood/estimate.h"
#include "generate/session.h"

namespace tess2::eval {

/// One place of an answer over the steps of its run.
struct PlaceHistory {
  std::vector<float> probability;  ///< of the likeliest token, a step
  std::vector<float> entropy;      ///< nats, a step
  std::int64_t settled_at = 0;     ///< step, from 1, from which on its token is the last one
};

/// An answer and the places of it that count: up to its end token, which counts too.
struct WatchedAnswer {
  std::vector<text::TokenId> ids;  ///< without the end
  std::string text;
  std::int64_t steps = 0;
  std::vector<PlaceHistory> places;
};

/// A canvas to be denoised and the seed of its noise.
struct WatchedStart {
  generate::Layout layout;
  std::uint64_t seed = 0;
};

/// Runs a session from each start and watches it. `settings` without short cuts (commitment,
/// shrink), for a place that leaves the canvas is not predicted any more; the seed in them is not
/// used. `on_answer` (it may be empty) is told how many have ended. Throws as SessionHost::start.
std::vector<WatchedAnswer> watch_answers(
    const generate::SessionHost& host, std::span<const WatchedStart> starts,
    const generate::SessionSettings& settings,
    const std::function<void(std::int64_t done)>& on_answer = {});

/// All answers after one step; means over places, with intervals over answers.
struct StepEstimate {
  std::int64_t step = 0;  ///< from 1
  Estimate probability;
  Estimate entropy;
  Estimate settled;  ///< share of places whose token is the last one from this step or before
};

/// A line a step, up to the longest run; an answer whose run had ended counts as it stood then.
std::vector<StepEstimate> step_estimates(std::span<const WatchedAnswer> answers,
                                         std::uint64_t seed);

/// Steps at which places settle: the mean, and the least step by which a share of them have.
struct SettleSteps {
  Estimate mean;
  std::int64_t tenth = 0, half = 0, nine_tenths = 0;
};

SettleSteps settle_steps(std::span<const WatchedAnswer> answers, std::uint64_t seed);

}  // namespace tess2::eval
