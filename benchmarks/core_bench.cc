#include <vector>

#include "core/float16.h"
#include "core/random.h"
#include "counters.h"

namespace tess2::bench {
namespace {

void fill_normal(benchmark::State& state) {
  std::vector<float> row(kVocabulary);
  std::uint32_t position = 0;
  for (auto _ : state) {
    tess2::fill_normal(row, 1, Stream::kNoise, 0, position++);
    benchmark::DoNotOptimize(row.data());
    benchmark::ClobberMemory();
  }
  count_entries(state, row.size());
}
BENCHMARK(fill_normal);

void to_float16(benchmark::State& state) {
  std::vector<float> row(kVocabulary, 1.1f);
  std::vector<Float16> out(row.size());
  for (auto _ : state) {
    tess2::to_float16(row, out);
    benchmark::ClobberMemory();
  }
  count_entries(state, row.size());
}
BENCHMARK(to_float16);

}  // namespace
}  // namespace tess2::bench
