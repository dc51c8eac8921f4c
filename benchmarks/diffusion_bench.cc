#include <vector>

#include "core/random.h"
#include "counters.h"
#include "diffusion/certainty.h"
#include "diffusion/projection.h"
#include "diffusion/simplex.h"
#include "diffusion/simplex_kernels.h"

namespace tess2::bench {
namespace {

using diffusion::LogitRow;

// How far logits lie apart: rows between a flat one (0) and one sure of a few tokens.
constexpr std::int64_t kFlat = 0, kBroad = 1, kSharp = 4, kPeaked = 20;

std::vector<float> logits_of_spread(std::int64_t spread) {
  std::vector<float> logits(kVocabulary);
  fill_normal(logits, 3, Stream::kSynthetic, 0, 0);
  for (float& x : logits) x *= static_cast<float>(spread);
  return logits;
}

std::vector<Float16> in_half(const std::vector<float>& logits) {
  std::vector<Float16> halves(logits.size());
  to_float16(logits, halves);
  return halves;
}

/// Times work(row) for a row in float32 and in float16 (range 1: whether in float16).
template <class Work>
void time_row(benchmark::State& state, const Work& work) {
  const std::vector<float> logits = logits_of_spread(state.range(0));
  const std::vector<Float16> halves = in_half(logits);
  const LogitRow row = state.range(1) ? LogitRow(halves) : LogitRow(logits);
  for (auto _ : state) benchmark::DoNotOptimize(work(row));
  count_entries(state, kVocabulary);
}

/// One row of noise to p, with the previous prediction range(0): 0 none, 1 float32, 2 float16.
void mix_row(benchmark::State& state) {
  at::Tensor ids = at::zeros({1, 1}, at::kLong);
  const diffusion::Canvas canvas(ids, at::ones({1, 1}, at::kBool));
  const diffusion::CounterNoise noise({1});
  const auto simplex = diffusion::NoisySimplex::regenerated(
      canvas, at::full({1}, 7, at::kLong), {diffusion::Level{0.6f, 0.8f}}, noise, 0);
  const std::vector<float> logits = logits_of_spread(kSharp);
  const std::vector<Float16> halves = in_half(logits);
  const LogitRow previous[] = {LogitRow(), LogitRow(logits), LogitRow(halves)};
  std::vector<float> p(kVocabulary);
  for (auto _ : state) {
    diffusion::mix_row(simplex, 0, diffusion::SelfConditioning::kLogitsMean,
                       previous[state.range(0)], p);
    benchmark::ClobberMemory();
  }
  count_entries(state, kVocabulary);
}
BENCHMARK(mix_row)->ArgName("previous")->Arg(0)->Arg(1)->Arg(2);

void draw_token(benchmark::State& state) {
  std::vector<float> scratch;
  double uniform = 0.0;
  const diffusion::ProjectionSettings settings;
  time_row(state, [&](const LogitRow& row) {
    uniform = uniform < 0.9 ? uniform + 0.0937 : 0.0;
    return diffusion::draw_token(row, settings, uniform, scratch);
  });
}
BENCHMARK(draw_token)
    ->ArgNames({"spread", "half"})
    ->ArgsProduct({{kFlat, kBroad, kSharp, kPeaked}, {0, 1}});

void best_token(benchmark::State& state) {
  time_row(state, [](const LogitRow& row) { return diffusion::best_token(row); });
}
BENCHMARK(best_token)->ArgNames({"spread", "half"})->ArgsProduct({{kSharp}, {0, 1}});

void divergence(benchmark::State& state) {
  const std::vector<float> other = logits_of_spread(kBroad);
  const std::vector<Float16> other_halves = in_half(other);
  const LogitRow before = state.range(1) ? LogitRow(other_halves) : LogitRow(other);
  time_row(state, [&](const LogitRow& row) { return diffusion::divergence_of(row, before); });
}
BENCHMARK(divergence)->ArgNames({"spread", "half"})->ArgsProduct({{kSharp}, {0, 1}});

void certainty(benchmark::State& state) {
  time_row(state, [](const LogitRow& row) { return diffusion::certainty_of(row, 11); });
}
BENCHMARK(certainty)->ArgNames({"spread", "half"})->ArgsProduct({{kFlat, kSharp}, {0, 1}});

void log_sum_exp(benchmark::State& state) {
  time_row(state, [](const LogitRow& row) { return diffusion::log_sum_exp(row); });
}
BENCHMARK(log_sum_exp)->ArgNames({"spread", "half"})->ArgsProduct({{kSharp}, {0, 1}});

}  // namespace
}  // namespace tess2::bench
