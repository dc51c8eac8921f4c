#include <algorithm>
#include <string>
#include <vector>

#include "core/random.h"
#include "counters.h"
#include "engine/attention.h"
#include "engine/kernels.h"
#include "engine/linear.h"
#include "engine/packed_matrix.h"
#include "tensor/bf16.h"

namespace tess2::bench {
namespace {

using engine::WeightFormat;
using engine::kernels::Bf16;

// Mistral-7B's: hidden size, width of the feed-forward part; positions of a canvas.
constexpr std::int64_t kHidden = 4096, kInner = 14336, kPositions = 512;

std::vector<float> normals(std::int64_t count, std::uint32_t position) {
  std::vector<float> values(static_cast<std::size_t>(count));
  fill_normal(values, 1, Stream::kSynthetic, 0, position);
  return values;
}

std::vector<Bf16> halves(std::int64_t count) {
  std::vector<Bf16> out(static_cast<std::size_t>(count));
  tensor::to_bf16(normals(count, 0).data(), count, out.data());
  return out;
}

engine::Rows16 rows(std::int64_t count, std::int64_t columns) {
  engine::Rows16 result = engine::make_rows16(count, columns);
  const std::vector<Bf16> values = halves(columns);
  for (std::int64_t i = 0; i < count; ++i) std::copy_n(values.data(), columns, result.row(i));
  return result;
}

/// Times run() over `entries` entries.
template <class Run>
void time_entries(benchmark::State& state, std::int64_t entries, const Run& run) {
  for (auto _ : state) {
    run();
    benchmark::ClobberMemory();
  }
  count_entries(state, static_cast<std::size_t>(entries));
}

void rms_norm(benchmark::State& state) {
  const auto x = normals(kHidden, 0), w = normals(kHidden, 1);
  std::vector<Bf16> out(x.size());
  time_entries(state, kHidden,
               [&] { engine::kernels::rms_norm(x.data(), w.data(), kHidden, 1e-5f, out.data()); });
}
BENCHMARK(rms_norm);

/// The 8-bit products of a block of 256 rows and 128 channels.
class Block {
 public:
  engine::kernels::ProductBlock product() const {
    engine::kernels::ProductBlock y;
    y.rows = kRows;
    y.columns = y.stride = kColumns;
    y.integers = integers_.data();
    y.scales = scales_.data();
    y.sums = sums_.data();
    y.zero_point = 128;
    y.row_scales = row_scales_.data();
    return y;
  }
  static constexpr std::int64_t kRows = 256, kColumns = 128, kEntries = kRows * kColumns;

 private:
  std::vector<std::int32_t> integers_ = std::vector<std::int32_t>(kEntries, 70'000);
  std::vector<std::int32_t> sums_ = std::vector<std::int32_t>(kColumns, 12);
  std::vector<float> scales_ = std::vector<float>(kColumns, 0.01f);
  std::vector<float> row_scales_ = std::vector<float>(kRows, 0.1f);
};

void product_swiglu(benchmark::State& state) {
  const Block gate, up;
  std::vector<Bf16> out(Block::kEntries);
  time_entries(state, Block::kEntries, [&] {
    engine::kernels::swiglu(gate.product(), up.product(), out.data(), Block::kColumns);
  });
}
BENCHMARK(product_swiglu);

void product_add(benchmark::State& state) {
  const Block block;
  std::vector<float> sum(Block::kEntries);
  time_entries(state, Block::kEntries,
               [&] { engine::kernels::add(block.product(), sum.data(), Block::kColumns); });
}
BENCHMARK(product_add);

void product_store(benchmark::State& state) {
  const Block block;
  std::vector<Bf16> out(Block::kEntries);
  time_entries(state, Block::kEntries,
               [&] { engine::kernels::store(block.product(), out.data(), Block::kColumns); });
}
BENCHMARK(product_store);

void rotate(benchmark::State& state) {
  const std::vector<float> cos(64, 0.6f), sin(64, 0.8f);
  std::vector<Bf16> x = halves(128);
  time_entries(state, 128, [&] { engine::kernels::rotate(cos.data(), sin.data(), 64, x.data()); });
}
BENCHMARK(rotate);

void softmax_numerators(benchmark::State& state) {
  const auto scores = normals(kPositions, 0);
  std::vector<Bf16> p(scores.size());
  time_entries(state, kPositions, [&] {
    benchmark::DoNotOptimize(
        engine::kernels::softmax_numerators(scores.data(), kPositions, 0.1f, p.data()));
  });
}
BENCHMARK(softmax_numerators);

void quantise(benchmark::State& state) {
  const std::vector<Bf16> x = halves(kInner);
  std::vector<std::uint8_t> out(x.size());
  time_entries(state, kInner,
               [&] { engine::kernels::quantise(x.data(), kInner, 20.0f, out.data()); });
}
BENCHMARK(quantise);

void quantise_spreading(benchmark::State& state) {
  const std::vector<float> p(kVocabulary, 1.0f / kVocabulary);
  std::vector<std::uint8_t> out(p.size());
  time_entries(state, kVocabulary, [&] {
    engine::kernels::quantise_spreading(p.data(), kVocabulary, 1e3f, out.data());
  });
}
BENCHMARK(quantise_spreading);

void unpack_groups(benchmark::State& state) {
  const std::vector<std::uint8_t> codes(64 * kHidden / 2, 0x5A);
  const std::vector<std::int16_t> ratios(64 * kHidden / 32, 20'000);
  std::vector<std::int8_t> out(64 * kHidden);
  time_entries(state, 64 * kHidden, [&] {
    engine::kernels::unpack_groups(codes.data(), ratios.data(), kHidden / 32, out.data());
  });
}
BENCHMARK(unpack_groups);

void group_scale(benchmark::State& state) {
  const auto w = normals(32, 0);
  time_entries(state, 32,
               [&] { benchmark::DoNotOptimize(engine::kernels::group_scale(w.data())); });
}
BENCHMARK(group_scale);

/// A linear map of a canvas, all threads; range 0 is the format. Counts operations.
void linear(benchmark::State& state) {
  const auto format = static_cast<WeightFormat>(state.range(0));
  const engine::PackedMatrix weight = engine::pack(at::randn({kHidden, kHidden}), format);
  const engine::Operand x = engine::make_operand(rows(kPositions, kHidden), format);
  for (auto _ : state) benchmark::DoNotOptimize(engine::linear(x, weight).row(0));
  state.counters["op/s"] =
      benchmark::Counter(2.0 * static_cast<double>(kPositions * kHidden * kHidden),
                         benchmark::Counter::kIsIterationInvariantRate);
  state.SetLabel(std::string(engine::name_of(format)));
}
BENCHMARK(linear)->ArgName("format")->Arg(0)->Arg(1)->Arg(2)->UseRealTime();

/// All heads of a canvas, all threads.
void attention(benchmark::State& state) {
  const engine::Rows16 q = rows(kPositions, kHidden), k = rows(kPositions, 1024);
  std::vector<std::int64_t> positions(kPositions);
  for (std::int64_t i = 0; i < kPositions; ++i) positions[static_cast<std::size_t>(i)] = i;
  for (auto _ : state) {
    benchmark::DoNotOptimize(engine::attention(q, positions, k, k, {32, 8, 128}, {}).row(0));
  }
  state.counters["op/s"] =
      benchmark::Counter(4.0 * static_cast<double>(kPositions * kPositions * kHidden),
                         benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(attention)->UseRealTime();

}  // namespace
}  // namespace tess2::bench
