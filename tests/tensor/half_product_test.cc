#include "tensor/half_product.h"

#include <gtest/gtest.h>

#include <mutex>

#include "core/error.h"
#include "support/random_tensors.h"

namespace tess2::tensor {
namespace {

at::Tensor halves(at::IntArrayRef shape, std::uint64_t seed) {
  return test_support::random_numbers(shape, seed).to(at::kBFloat16);
}

const Bf16* bits(const at::Tensor& x) {
  return reinterpret_cast<const Bf16*>(x.data_ptr<at::BFloat16>());
}

/// [a.rows, n], put together from the tiles; every entry once.
template <class T>
at::Tensor product_of(const at::Tensor& a, std::int64_t n, std::int64_t b_depth,
                      const StridedMatrix<T>& b) {
  at::Tensor result = at::full({a.size(0), n}, NAN);
  std::mutex mutex;
  half_product({bits(a), a.size(0), a.size(1)}, n, b_depth, b, [&](const ProductTile& tile) {
    const std::lock_guard lock(mutex);
    for (std::int64_t i = 0; i < tile.rows; ++i) {
      for (std::int64_t k = 0; k < tile.columns; ++k) {
        float& to = result.data_ptr<float>()[(tile.row + i) * n + tile.column + k];
        EXPECT_TRUE(std::isnan(to)) << "twice";
        to = tile.values[i * tile.stride + k];
      }
    }
  });
  return result;
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
  expect_near(product_of<float>(a, n, depth, {b.data_ptr<float>(), n}), expected);
  expect_near(product_of<float>(a, n, depth, {bt.data_ptr<float>(), depth, true}), expected);
  expect_near(product_of<Bf16>(a, n, depth, {bits(rounded), n}), expected);
  expect_near(product_of<Bf16>(a, n, depth, {bits(rounded_t), depth, true}), expected);
}

TEST_P(HalfProduct, RowsOfBMayBeFewer) {
  const auto [rows, depth, n] = GetParam();
  at::Tensor a = halves({rows, depth}, 1);
  const std::int64_t fewer = depth - 5;
  a.narrow(1, fewer, 5).zero_();
  const at::Tensor b = test_support::random_numbers({fewer, n}, 2);
  const at::Tensor expected =
      at::matmul(a.narrow(1, 0, fewer).to(at::kFloat), b.to(at::kBFloat16).to(at::kFloat));
  const at::Tensor bt = b.t().contiguous();
  expect_near(product_of<float>(a, n, fewer, {b.data_ptr<float>(), n}), expected);
  expect_near(product_of<float>(a, n, fewer, {bt.data_ptr<float>(), fewer, true}), expected);
}

INSTANTIATE_TEST_SUITE_P(Sizes, HalfProduct,
                         ::testing::Values(Sizes{1, 32, 64}, Sizes{37, 64, 70},
                                           Sizes{300, 96, 333}));

TEST(HalfProductTest, RefusesDepthsThatDoNotFit) {
  const at::Tensor a = halves({4, 48}, 1);
  const at::Tensor b = test_support::random_numbers({48, 64}, 2);
  EXPECT_THROW(product_of<float>(a, 64, 48, {b.data_ptr<float>(), 64}), Error);
  const at::Tensor short_a = halves({4, 32}, 1);
  EXPECT_THROW(product_of<float>(short_a, 64, 48, {b.data_ptr<float>(), 64}), Error);
}

TEST(HalfProductTest, TransposesWithZerosBehind) {
  for (const auto& [rows, columns] : {std::pair{1, 1}, {45, 300}, {64, 257}}) {
    const at::Tensor in = halves({rows, columns}, 3);
    const std::int64_t depth = (rows + 31) / 32 * 32;
    at::Tensor out = at::full({columns, depth}, 7.0).to(at::kBFloat16);
    transpose(bits(in), rows, columns, reinterpret_cast<Bf16*>(out.data_ptr<at::BFloat16>()));
    EXPECT_TRUE(out.narrow(1, 0, rows).equal(in.t()));
    EXPECT_EQ(out.narrow(1, rows, depth - rows).abs().sum().item<float>(), 0.0f);
  }
}

}  // namespace
}  // namespace tess2::tensor
