#include "engine/product.h"

#include <gtest/gtest.h>

#include "engine/engine_test_support.h"
#include "engine/linear.h"
#include "engine/packed_matrix.h"

namespace tess2::engine {
namespace {

using kernels::Bf16;

at::Tensor bytes(at::IntArrayRef shape, int lowest, int highest) {
  return (test_support::random_ids(shape, highest - lowest + 1, 3) + lowest);
}

/// [m, n] = a [m, k] b [n, k]^T with b in the packed layout of 8 bits.
struct ByteProduct {
  std::int64_t m, n, k;
  at::Tensor a = bytes({m, k}, 0, 255);
  at::Tensor b = bytes({n, k}, -127, 127);
  at::Tensor a_bytes = a.to(at::kByte).contiguous();
  at::Tensor packed =
      b.to(at::kChar).view({n / kPanel, kPanel, k / 4, 4}).permute({0, 2, 1, 3}).contiguous();
  at::Tensor expected = at::matmul(a.to(at::kDouble), b.to(at::kDouble).t()).to(at::kInt);
};

TEST(Product, EightBitSumsAreExact) {
  for (const std::int64_t m : {1, 31, 64}) {
    const ByteProduct p{m, 128, 192};
    at::Tensor found = at::empty({m, p.n}, at::kInt);
    multiply(p.a_bytes.data_ptr<std::uint8_t>(), p.packed.data_ptr<std::int8_t>(), m, p.n, p.k,
             found.data_ptr<std::int32_t>());
    EXPECT_TRUE(found.equal(p.expected)) << m;
  }
}

TEST(Product, OurOwnEightBitSumsAreExactToo) {
  const ByteProduct p{37, 128, 192};
  at::Tensor found = at::empty({p.m, p.n}, at::kInt);
  kernels::multiply(p.a_bytes.data_ptr<std::uint8_t>(), p.k, p.packed.data_ptr<std::int8_t>(), p.m,
                    p.n, p.k, found.data_ptr<std::int32_t>(), p.n);
  EXPECT_TRUE(found.equal(p.expected));
}

TEST(Product, Bf16AgreesWithFloat32OnTheRoundedNumbers) {
  const at::Tensor a = test_support::random_numbers({45, 128}, 1).to(at::kBFloat16);
  const at::Tensor b = test_support::random_numbers({64, 128}, 2).to(at::kBFloat16);
  const at::Tensor packed = pack(b, WeightFormat::kBf16).values;
  const at::Tensor expected = at::matmul(a.to(at::kFloat), b.to(at::kFloat).t());
  const auto* left = reinterpret_cast<const Bf16*>(a.data_ptr<at::BFloat16>());
  const auto* right = reinterpret_cast<const Bf16*>(packed.data_ptr<at::BFloat16>());
  at::Tensor found = at::empty({45, 64});
  multiply(left, right, 45, 64, 128, found.data_ptr<float>());
  EXPECT_LT(test::relative_error(found, expected), 1e-5);
  kernels::multiply(left, 128, right, 45, 64, 128, found.data_ptr<float>(), 64);
  EXPECT_LT(test::relative_error(found, expected), 1e-5);
}

// Rows with a few entries a thousand times larger than the rest.
TEST(Product, OutlierColumnsKeepTheirPrecision) {
  at::Tensor x = test_support::random_numbers({40, 256}, 4);
  x.narrow(0, 0, 1).select(1, 17).fill_(900.0);
  x.select(1, 200).mul_(400.0);
  const at::Tensor weight = test_support::random_numbers({96, 256}, 5);
  // What the outliers do not drown: the part of the other columns.
  at::Tensor small = x.clone();
  small.select(1, 17).zero_();
  small.select(1, 200).zero_();
  const PackedMatrix packed = pack(weight, WeightFormat::kQ8);
  const Operand operand = make_operand(test::rows16_of(x), WeightFormat::kQ8);
  EXPECT_EQ(operand.columns, (std::vector<std::int64_t>{17, 200}));
  const at::Tensor found = test::tensor_of(linear(operand, packed));
  const at::Tensor large = at::matmul(x - small, unpack(packed).t());
  const at::Tensor expected = at::matmul(small, weight.t());
  // Products of ten thousands in bfloat16 leave an error of tens; with the outliers in 8 bits a
  // step alone would be 3 to 7 in each of 256 inputs.
  const at::Tensor error = found - large - expected;
  EXPECT_LT(error.narrow(0, 1, 39).norm().item<double>(),
            0.004 * large.narrow(0, 1, 39).norm().item<double>());
}

}  // namespace
}  // namespace tess2::engine
