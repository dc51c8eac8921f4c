#include "tensor/packed_product.h"

#include <gtest/gtest.h>

#include "support/random_tensors.h"
#include "support/vector_targets.h"
#include "tensor/packed_product_kernels.h"

namespace tess2::tensor {
namespace {

double relative_error(const at::Tensor& found, const at::Tensor& expected) {
  return ((found - expected).norm() / expected.norm()).item<double>();
}

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

TEST(PackedProduct, EightBitSumsAreExact) {
  for (const std::int64_t m : {1, 31, 64}) {
    const ByteProduct p{m, 128, 192};
    at::Tensor found = at::empty({m, p.n}, at::kInt);
    multiply(p.a_bytes.data_ptr<std::uint8_t>(), p.packed.data_ptr<std::int8_t>(), m, p.n, p.k,
             found.data_ptr<std::int32_t>());
    EXPECT_TRUE(found.equal(p.expected)) << m;
  }
}

TEST(PackedProduct, OurOwnEightBitSumsAreExactToo) {
  const ByteProduct p{37, 128, 192};
  at::Tensor found = at::empty({p.m, p.n}, at::kInt);
  kernels::multiply(p.a_bytes.data_ptr<std::uint8_t>(), p.packed.data_ptr<std::int8_t>(), p.m, p.n,
                    p.k, found.data_ptr<std::int32_t>());
  EXPECT_TRUE(found.equal(p.expected));
}

TEST(PackedProduct, Bf16AgreesWithFloat32OnTheRoundedNumbers) {
  const at::Tensor a = test_support::random_numbers({45, 128}, 1).to(at::kBFloat16);
  const at::Tensor b = test_support::random_numbers({64, 128}, 2).to(at::kBFloat16);
  const at::Tensor packed = b.view({1, 64, 64, 2}).permute({0, 2, 1, 3}).contiguous();
  const at::Tensor expected = at::matmul(a.to(at::kFloat), b.to(at::kFloat).t());
  const auto* left = reinterpret_cast<const Bf16*>(a.data_ptr<at::BFloat16>());
  const auto* right = reinterpret_cast<const Bf16*>(packed.data_ptr<at::BFloat16>());
  at::Tensor found = at::empty({45, 64});
  multiply(left, right, 45, 64, 128, found.data_ptr<float>());
  EXPECT_LT(relative_error(found, expected), 1e-5);
  kernels::multiply(left, right, 45, 64, 128, found.data_ptr<float>());
  EXPECT_LT(relative_error(found, expected), 1e-5);
}

TEST(PackedProduct, EightBitSumsAgreeOnEveryTarget) {
  const ByteProduct p{9, 64, 64};
  testing::for_each_target([&] {
    at::Tensor found = at::empty({p.m, p.n}, at::kInt);
    kernels::multiply(p.a_bytes.data_ptr<std::uint8_t>(), p.packed.data_ptr<std::int8_t>(), p.m,
                      p.n, p.k, found.data_ptr<std::int32_t>());
    EXPECT_TRUE(found.equal(p.expected));
  });
}

}  // namespace
}  // namespace tess2::tensor
