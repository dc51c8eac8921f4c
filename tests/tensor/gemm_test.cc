#include "tensor/gemm.h"

#include <gtest/gtest.h>

#include <limits>
#include <tuple>
#include <vector>

#include "support/random_tensors.h"
#include "tensor/parallel.h"
#include "tensor/runtime.h"

namespace tess2::tensor {
namespace {

using test_support::random_numbers;

/// A stored matrix, wider than what is read of it.
struct Stored {
  Stored(std::int64_t rows, std::int64_t columns, bool transposed, std::uint64_t seed)
      : values(
            random_numbers({transposed ? columns : rows, (transposed ? rows : columns) + 3}, seed)),
        view{values.data_ptr<float>(), values.size(1), transposed} {}

  /// The matrix as its view reads it, in double.
  at::Tensor read(std::int64_t rows, std::int64_t columns) const {
    const at::Tensor wide = values.to(at::kDouble);
    return view.transposed ? wide.narrow(1, 0, rows).t() : wide.narrow(1, 0, columns);
  }

  at::Tensor values;
  MatrixView view;
};

using Product = void (*)(std::int64_t, std::int64_t, std::int64_t, MatrixView, MatrixView, float,
                         float*, std::int64_t);
using Case = std::tuple<Product, std::vector<std::int64_t>, bool, bool, float>;

class GemmTest : public ::testing::TestWithParam<Case> {};

TEST_P(GemmTest, EqualsTheProductInDouble) {
  const auto& [product, sizes, a_transposed, b_transposed, beta] = GetParam();
  const std::int64_t m = sizes[0], n = sizes[1], k = sizes[2];
  const Stored a(m, k, a_transposed, 1), b(k, n, b_transposed, 2);
  const at::Tensor before = random_numbers({m, n + 5}, 3);
  at::Tensor c = before.clone();
  product(m, n, k, a.view, b.view, beta, c.data_ptr<float>(), n + 5);
  const at::Tensor expected =
      at::mm(a.read(m, k), b.read(k, n)) + before.narrow(1, 0, n).to(at::kDouble) * beta;
  const double error = (c.narrow(1, 0, n) - expected).abs().max().item<double>();
  EXPECT_LT(error, 1e-6 * static_cast<double>(k) + 1e-6);
  EXPECT_TRUE(c.narrow(1, n, 5).equal(before.narrow(1, n, 5))) << "wrote past its columns";
}

INSTANTIATE_TEST_SUITE_P(Single, GemmTest,
                         ::testing::Combine(::testing::Values(&gemm),
                                            ::testing::Values(std::vector<std::int64_t>{1, 1, 1},
                                                              std::vector<std::int64_t>{7, 5, 3},
                                                              std::vector<std::int64_t>{33, 1, 65},
                                                              std::vector<std::int64_t>{1, 97, 31}),
                                            ::testing::Bool(), ::testing::Bool(),
                                            ::testing::Values(0.0f, 1.0f)));
INSTANTIATE_TEST_SUITE_P(
    Tiled, GemmTest,
    ::testing::Combine(::testing::Values(&parallel_gemm),
                       ::testing::Values(std::vector<std::int64_t>{9, 11, 13},
                                         std::vector<std::int64_t>{257, 515, 19},
                                         std::vector<std::int64_t>{256, 512, 40}),
                       ::testing::Bool(), ::testing::Bool(), ::testing::Values(0.0f, 1.0f)));

TEST(Gemm, OverwritesWhateverStoodThereWhenBetaIsZero) {
  const std::vector<float> a{2.0f}, b{3.0f};
  std::vector<float> c{std::numeric_limits<float>::quiet_NaN()};
  gemm(1, 1, 1, {a.data(), 1}, {b.data(), 1}, 0.0f, c.data(), 1);
  EXPECT_EQ(c[0], 6.0f);
}

TEST(Gemm, OfNothingLeavesMemoryAlone) {
  std::vector<float> c{4.0f};
  gemm(0, 1, 1, {c.data(), 1}, {c.data(), 1}, 0.0f, c.data(), 1);
  parallel_gemm(1, 0, 1, {c.data(), 1}, {c.data(), 1}, 0.0f, c.data(), 1);
  EXPECT_EQ(c[0], 4.0f);
}

TEST(ParallelGemm, GivesTheSameBitsForAnyNumberOfThreads) {
  const std::int64_t m = 300, n = 530, k = 171;
  const Stored a(m, k, false, 1), b(k, n, true, 2);
  const auto product = [&](int threads) {
    set_threads(threads);
    at::Tensor c = at::empty({m, n});
    parallel_gemm(m, n, k, a.view, b.view, 0.0f, c.data_ptr<float>(), n);
    return c;
  };
  const at::Tensor one = product(1);
  const at::Tensor two = product(2);
  const at::Tensor three = product(3);
  set_threads(0);
  EXPECT_TRUE(one.equal(two));
  EXPECT_TRUE(one.equal(three));
}

TEST(ParallelGemm, GivesTheSameBitsInsideATask) {
  const std::int64_t m = 300, n = 270, k = 64;
  const Stored a(m, k, false, 1), b(k, n, false, 2);
  at::Tensor outside = at::empty({m, n}), inside = at::empty({2, m, n});
  parallel_gemm(m, n, k, a.view, b.view, 0.0f, outside.data_ptr<float>(), n);
  parallel_tasks(2, [&](std::int64_t i) {
    parallel_gemm(m, n, k, a.view, b.view, 0.0f, inside.data_ptr<float>() + i * m * n, n);
  });
  EXPECT_TRUE(inside[0].equal(outside));
  EXPECT_TRUE(inside[1].equal(outside));
}

}  // namespace
}  // namespace tess2::tensor
