// What the benchmarks report.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>

namespace tess2::bench {

/// The vocabulary of Mistral's form with a padding token.
inline constexpr std::size_t kVocabulary = 32001;

/// Reports processor time for each of `entries` entries that one iteration works on, as `s/entry`
/// (printed with its unit: 1.2n is 1.2 nanoseconds).
inline void count_entries(benchmark::State& state, std::size_t entries) {
  state.counters["s/entry"] = benchmark::Counter(
      static_cast<double>(entries),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

}  // namespace tess2::bench
