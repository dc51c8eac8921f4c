#include <vector>

#include "counters.h"
#include "tensor/half_product.h"
#include "tensor/runtime.h"

namespace tess2::bench {
namespace {

using tensor::Bf16;

// Positions of a micro-batch; hidden size and inner size of the model that docs/training.md times.
constexpr std::int64_t kRows = 4096, kHidden = 1024, kInner = 2816;
constexpr Bf16 kSmall = 0x3C00;  // 2^-7

struct Operands {
  std::vector<Bf16> x, dy;
  std::vector<float> weight;
  std::vector<float> out;
  std::vector<Bf16> y;

  Operands()
      : x(kRows * kHidden, kSmall),
        dy(kRows * kInner, kSmall),
        weight(kInner * kHidden, 0.01f),
        out(kInner * kHidden),
        y(kRows * kInner) {}
};

void count_operations(benchmark::State& state) {
  state.counters["TFLOP/s"] = benchmark::Counter(2.0 * kRows * kHidden * kInner * 1e-12,
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

/// y = x W^T
void half_forward(benchmark::State& state) {
  Operands o;
  for (auto _ : state) {
    tensor::half_product({o.x.data(), kRows, kHidden, kHidden}, kInner,
                         tensor::StridedMatrix<float>{o.weight.data(), kHidden, true},
                         [&](const tensor::ProductTile& tile) {
                           for (std::int64_t i = 0; i < tile.rows; ++i) {
                             o.y[static_cast<std::size_t>((tile.row + i) * kInner + tile.column)] =
                                 static_cast<Bf16>(tile.values[i * tile.stride]);
                           }
                         });
  }
  count_operations(state);
}
BENCHMARK(half_forward)->UseRealTime();

/// dx = dy W
void half_backward(benchmark::State& state) {
  Operands o;
  for (auto _ : state) {
    tensor::half_product({o.dy.data(), kRows, kInner, kInner}, kHidden,
                         tensor::StridedMatrix<float>{o.weight.data(), kHidden},
                         [&](const tensor::ProductTile& tile) {
                           for (std::int64_t i = 0; i < tile.rows; ++i) {
                             o.y[static_cast<std::size_t>((tile.row + i) * kHidden + tile.column)] =
                                 static_cast<Bf16>(tile.values[i * tile.stride]);
                           }
                         });
  }
  count_operations(state);
}
BENCHMARK(half_backward)->UseRealTime();

/// dW += dy^T x
void half_weight_gradient(benchmark::State& state) {
  Operands o;
  for (auto _ : state) {
    tensor::half_outer_product({o.dy.data(), kRows, kInner, kInner}, o.x.data(), kHidden, kHidden,
                               true, o.out.data());
  }
  count_operations(state);
}
BENCHMARK(half_weight_gradient)->UseRealTime();

}  // namespace
}  // namespace tess2::bench
