// The operations in bfloat16 against LibTorch's in double precision on the same rounded numbers.
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "model/ops.h"
#include "model/ops_reference.h"
#include "support/random_tensors.h"

namespace tess2::model {
namespace {

using at::Tensor;
using test_support::random_numbers;
using Operation = std::function<Tensor(const std::vector<Tensor>&)>;

/// Half a unit in the last place of bfloat16, with some room for sums of roundings.
constexpr double kRounding = 1.0 / 128.0;

Tensor half(at::IntArrayRef shape, std::uint64_t seed) {
  return random_numbers(shape, seed).to(at::kBFloat16);
}

struct Outcome {
  Tensor value;
  std::vector<Tensor> gradients;
};

Outcome run(const Operation& operation, std::vector<Tensor> inputs) {
  for (Tensor& input : inputs) input = input.detach().clone().requires_grad_(true);
  const Tensor value = operation(inputs);
  const Tensor upstream = random_numbers(value.sizes(), 99).to(at::kBFloat16);
  return {value.detach(),
          torch::autograd::grad({value}, inputs, {upstream.to(value.scalar_type())})};
}

double error_of(const Tensor& found, const Tensor& expected) {
  return ((found.to(at::kDouble) - expected).norm() / expected.norm()).item<double>();
}

void expect_near(const Operation& ours, const Operation& composed,
                 const std::vector<Tensor>& inputs) {
  std::vector<Tensor> exact;
  for (const Tensor& input : inputs) exact.push_back(input.to(at::kDouble));
  const Outcome found = run(ours, inputs);
  const Outcome expected = run(composed, exact);
  EXPECT_LT(error_of(found.value, expected.value), kRounding);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_EQ(found.gradients[i].scalar_type(), inputs[i].scalar_type()) << "input " << i;
    EXPECT_LT(error_of(found.gradients[i], expected.gradients[i]), kRounding) << "input " << i;
  }
}

/// A float32 weight that bfloat16 holds exactly.
Tensor weight(at::IntArrayRef shape, std::uint64_t seed) {
  return half(shape, seed).to(at::kFloat);
}

TEST(HalfOps, LinearEqualsItsComposition) {
  const Operation ours = [](const auto& x) { return linear_map(x[0], x[1]); };
  const Operation composed = [](const auto& x) { return reference::linear_map(x[0], x[1]); };
  for (const std::int64_t rows : {1, 7, 300}) {
    expect_near(ours, composed, {half({rows, 172}, 1), weight({270, 172}, 2)});
    expect_near(ours, composed, {half({rows, 64}, 1), weight({33, 64}, 2)});
  }
}

TEST(HalfOps, AddedLinearKeepsTheSumInFloat32) {
  const Operation ours = [](const auto& x) { return add_linear_map(x[0], x[1], x[2]); };
  const Operation composed = [](const auto& x) { return x[0] + reference::linear_map(x[1], x[2]); };
  const std::vector<Tensor> inputs{random_numbers({2, 40, 70}, 1), half({2, 40, 96}, 2),
                                   weight({70, 96}, 3)};
  expect_near(ours, composed, inputs);
  EXPECT_EQ(ours(inputs).scalar_type(), at::kFloat);
  const Tensor none = at::zeros_like(inputs[2]);
  EXPECT_TRUE(add_linear_map(inputs[0], inputs[1], none).equal(inputs[0]));
}

TEST(HalfOps, RmsNormRoundsOnlyItsResult) {
  const Operation ours = [](const auto& x) { return rms_norm(x[0], x[1], 1e-5, at::kBFloat16); };
  const Operation composed = [](const auto& x) { return reference::rms_norm(x[0], x[1], 1e-5); };
  expect_near(ours, composed, {random_numbers({3, 70, 37}, 1), random_numbers({37}, 2)});
  const Tensor x = random_numbers({5, 64}, 1), w = random_numbers({64}, 2);
  EXPECT_TRUE(rms_norm(x, w, 1e-5, at::kBFloat16)
                  .equal(rms_norm(x, w, 1e-5, at::kFloat).to(at::kBFloat16)));
}

TEST(HalfOps, SwiGluEqualsItsComposition) {
  const Operation ours = [](const auto& x) { return swiglu(x[0], x[1]); };
  const Operation composed = [](const auto& x) { return reference::swiglu(x[0], x[1]); };
  expect_near(ours, composed, {half({3, 70, 37}, 1) * 4, half({3, 70, 37}, 2)});
}

TEST(HalfOps, RotateEqualsItsComposition) {
  const RotaryTable table = make_rotary_table(5, 11, 8, 10000.0, at::kCPU);
  const Operation ours = [&](const auto& x) { return rotate(x[0], table); };
  const Operation composed = [&](const auto& x) { return reference::rotate(x[0], table); };
  expect_near(ours, composed, {half({2, 11, 24}, 1)});
}

struct AttentionCase {
  std::int64_t queries, keys, heads, kv_heads, head_dim;
  AttentionPattern pattern;
};

class HalfAttention : public ::testing::TestWithParam<AttentionCase> {};

TEST_P(HalfAttention, EqualsItsComposition) {
  const AttentionCase& c = GetParam();
  const Operation ours = [&](const auto& x) {
    return attention(x[0], x[1], x[2], c.head_dim, c.pattern);
  };
  const Operation composed = [&](const auto& x) {
    return reference::attention(x[0], x[1], x[2], c.head_dim, c.pattern);
  };
  expect_near(
      ours, composed,
      {half({2, c.queries, c.heads * c.head_dim}, 1), half({2, c.keys, c.kv_heads * c.head_dim}, 2),
       half({2, c.keys, c.kv_heads * c.head_dim}, 3)});
}

INSTANTIATE_TEST_SUITE_P(Shapes, HalfAttention,
                         ::testing::Values(AttentionCase{7, 7, 2, 2, 4, {false, 0}},
                                           AttentionCase{70, 70, 4, 2, 8, {false, 0}},
                                           AttentionCase{200, 200, 4, 1, 64, {true, 0}},
                                           AttentionCase{150, 150, 4, 2, 8, {false, 5}},
                                           AttentionCase{300, 300, 2, 1, 80, {true, 9}},
                                           AttentionCase{1, 20, 4, 2, 8, {true, 0}},
                                           AttentionCase{3, 20, 4, 2, 8, {true, 6}}));

}  // namespace
}  // namespace tess2::model
