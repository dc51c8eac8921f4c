#include "tensor/half_product.h"

#include <gtest/gtest.h>

#include <mutex>

#include "core/error.h"
#include "support/random_tensors.h"
#include "tensor/bf16_tensor.h"

namespace tess2::tensor {
namespace {

at::Tensor halves(at::IntArrayRef shape, std::uint64_t seed) {
  return test_support::random_numbers(shape, seed).to(at::kBFloat16);
}

HalfRows rows_of(const at::Tensor& x) {
  return {bf16_data(x), x.size(0), x.size(1), x.stride(0)};
}

/// Puts a product together from its tiles; every entry comes once.
class Gathered {
 public:
  Gathered(std::int64_t rows, std::int64_t columns) : result_(at::full({rows, columns}, NAN)) {}

  TileSink sink() {
    return [this](const ProductTile& tile) {
      const std::lock_guard lock(mutex_);
      for (std::int64_t i = 0; i < tile.rows; ++i) {
        for (std::int64_t k = 0; k < tile.columns; ++k) put(tile, i, k);
      }
    };
  }
  const at::Tensor& result() const { return result_; }

 private:
  void put(const ProductTile& tile, std::int64_t i, std::int64_t k) {
    float& to = result_.data_ptr<float>()[(tile.row + i) * result_.size(1) + tile.column + k];
    EXPECT_TRUE(std::isnan(to)) << "twice";
    to = tile.values[i * tile.stride + k];
  }

  at::Tensor result_;
  std::mutex mutex_;
};

template <class T>
at::Tensor product_of(const at::Tensor& a, std::int64_t n, const StridedMatrix<T>& b) {
  Gathered gathered(a.size(0), n);
  half_product(rows_of(a), n, b, gathered.sink());
  return gathered.result();
}

void expect_near(const at::Tensor& found, const at::Tensor& expected) {
  EXPECT_LT(((found - expected).norm() / expected.norm()).item<double>(), 1e-5);
}

struct Sizes {
  std::int64_t rows, depth, n;
};

class HalfProduct : public ::testing::TestWithParam<Sizes> {};

TEST_P(HalfProduct, IsThatOfTheRoundedNumbers) {
  const auto [rows, depth, n] = GetParam();
  const at::Tensor a = halves({rows, depth}, 1);
  const at::Tensor b = test_support::random_numbers({depth, n}, 2);
  const at::Tensor rounded = b.to(at::kBFloat16);
  const at::Tensor expected = at::matmul(a.to(at::kFloat), rounded.to(at::kFloat));
  const at::Tensor bt = b.t().contiguous(), rounded_t = rounded.t().contiguous();
  expect_near(product_of<float>(a, n, {b.data_ptr<float>(), n}), expected);
  expect_near(product_of<float>(a, n, {bt.data_ptr<float>(), depth, true}), expected);
  expect_near(product_of<Bf16>(a, n, {bf16_data(rounded), n}), expected);
  expect_near(product_of<Bf16>(a, n, {bf16_data(rounded_t), depth, true}), expected);
}

TEST_P(HalfProduct, MatricesPackedBeforeGiveTheSameBits) {
  const auto [rows, depth, n] = GetParam();
  const at::Tensor a = halves({rows, depth}, 1);
  const at::Tensor b = test_support::random_numbers({depth, n}, 2);
  const StridedMatrix<float> right{b.data_ptr<float>(), n};
  Gathered gathered(rows, n);
  half_product(rows_of(a), PackedHalf(depth, n, right), gathered.sink());
  EXPECT_TRUE(gathered.result().equal(product_of<float>(a, n, right)));
}

TEST_P(HalfProduct, RowsOfALongerMatrixAreReadWhereTheyLie) {
  const auto [rows, depth, n] = GetParam();
  const at::Tensor wide = halves({rows, depth + 40}, 1);
  const at::Tensor part = wide.narrow(1, 3, depth);
  const at::Tensor b = test_support::random_numbers({depth, n}, 2);
  const StridedMatrix<float> right{b.data_ptr<float>(), n};
  EXPECT_TRUE(
      product_of<float>(part, n, right).equal(product_of<float>(part.contiguous(), n, right)));
}

TEST_P(HalfProduct, OuterProductIsAWeightsGradient) {
  const auto [rows, depth, n] = GetParam();
  const at::Tensor a = halves({rows, depth}, 1);
  const at::Tensor b = halves({rows, n}, 2);
  const at::Tensor expected = at::matmul(a.t().to(at::kFloat), b.to(at::kFloat));
  at::Tensor c = at::full({depth, n}, NAN);
  half_outer_product(rows_of(a), bf16_data(b), n, n, false, c.data_ptr<float>());
  expect_near(c, expected);
  half_outer_product(rows_of(a), bf16_data(b), n, n, true, c.data_ptr<float>());
  expect_near(c, 2.0 * expected);
}

INSTANTIATE_TEST_SUITE_P(Sizes, HalfProduct,
                         ::testing::Values(Sizes{1, 32, 64}, Sizes{37, 64, 70}, Sizes{300, 96, 333},
                                           Sizes{65, 43, 172}));

TEST(HalfProductTest, RefusesDepthsThatDoNotFit) {
  const at::Tensor a = halves({4, 32}, 1);
  const at::Tensor b = test_support::random_numbers({48, 64}, 2);
  const PackedHalf packed(48, 64, {b.data_ptr<float>(), 64});
  EXPECT_THROW(half_product(rows_of(a), packed, [](const ProductTile&) {}), Error);
}

TEST(HalfProductTest, TransposesWithZerosBehind) {
  for (const auto& [rows, columns] : {std::pair{1, 1}, {45, 300}, {64, 257}}) {
    const at::Tensor in = halves({rows, columns}, 3);
    const std::int64_t depth = (rows + 31) / 32 * 32;
    const at::Tensor out = at::full({columns, depth}, 7.0).to(at::kBFloat16);
    transpose(bf16_data(in), rows, columns, columns, bf16_data(out));
    EXPECT_TRUE(out.narrow(1, 0, rows).equal(in.t()));
    EXPECT_EQ(out.narrow(1, rows, depth - rows).abs().sum().item<float>(), 0.0f);
  }
}

}  // namespace
}  // namespace tess2::tensor
