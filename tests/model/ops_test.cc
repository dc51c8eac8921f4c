#include "model/ops.h"

#include <gtest/gtest.h>

#include <functional>

#include "model/ops_reference.h"

namespace tess2::model {
namespace {

using at::Tensor;
using Operation = std::function<Tensor(const std::vector<Tensor>&)>;

/// Numbers without pattern, near N(0, 1), the same at each run.
Tensor numbers(at::IntArrayRef shape, double seed) {
  std::int64_t count = 1;
  for (std::int64_t n : shape) count *= n;
  const Tensor x = at::arange(count, at::kDouble) * 12.9898 + seed * 78.233;
  return ((at::sin(x) * 43758.5453).frac() * 1.7).to(at::kFloat).view(shape);
}

double difference(const Tensor& a, const Tensor& b) {
  return ((a - b).abs().max() / b.abs().max().clamp_min(1e-6)).item<double>();
}

struct Outcome {
  Tensor value;
  std::vector<Tensor> gradients;
};

Outcome run(const Operation& operation, std::vector<Tensor> inputs) {
  for (Tensor& input : inputs) input = input.detach().clone().requires_grad_(true);
  const Tensor value = operation(inputs);
  const Tensor weights = numbers(value.sizes(), 9.0);
  return {value.detach(), torch::autograd::grad({(value * weights).sum()}, inputs)};
}

/// The kernel and the composed operation agree in value and in every gradient.
void expect_same(const Operation& kernel, const Operation& composed,
                 const std::vector<Tensor>& inputs) {
  const Outcome ours = run(kernel, inputs);
  const Outcome theirs = run(composed, inputs);
  EXPECT_LT(difference(ours.value, theirs.value), 2e-6);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    EXPECT_LT(difference(ours.gradients[i], theirs.gradients[i]), 1e-5) << "input " << i;
  }
}

/// The backward pass against central differences of the forward pass along one direction.
void expect_finite_difference(const Operation& operation, std::vector<Tensor> inputs) {
  const Outcome outcome = run(operation, inputs);
  const Tensor weights = numbers(outcome.value.sizes(), 9.0).to(at::kDouble);
  const double h = 1e-3;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Tensor direction = numbers(inputs[i].sizes(), 4.0 + double(i));
    const auto at_offset = [&](double offset) {
      std::vector<Tensor> moved = inputs;
      moved[i] = inputs[i] + direction * offset;
      return (operation(moved).to(at::kDouble) * weights).sum().item<double>();
    };
    const double numeric = (at_offset(h) - at_offset(-h)) / (2 * h);
    const double analytic = (outcome.gradients[i].to(at::kDouble) * direction).sum().item<double>();
    EXPECT_NEAR(numeric, analytic, 2e-2 * std::max(1.0, std::abs(analytic))) << "input " << i;
  }
}

TEST(Ops, LinearEqualsItsComposition) {
  const Operation kernel = [](const auto& x) { return linear_map(x[0], x[1]); };
  const Operation composed = [](const auto& x) { return reference::linear_map(x[0], x[1]); };
  for (const std::int64_t rows : {1, 7, 300}) {
    expect_same(kernel, composed, {numbers({rows, 33}, 1), numbers({270, 33}, 2)});
  }
  expect_same(kernel, composed, {numbers({2, 5, 16}, 1), numbers({8, 16}, 2)});
  expect_finite_difference(kernel, {numbers({6, 5}, 1), numbers({4, 5}, 2)});
}

TEST(Ops, RmsNormEqualsItsComposition) {
  const Operation kernel = [](const auto& x) { return rms_norm(x[0], x[1], 1e-5, at::kFloat); };
  const Operation composed = [](const auto& x) { return reference::rms_norm(x[0], x[1], 1e-5); };
  expect_same(kernel, composed, {numbers({3, 70, 37}, 1), numbers({37}, 2)});
  expect_finite_difference(kernel, {numbers({5, 19}, 1), numbers({19}, 2)});
}

TEST(Ops, SwiGluEqualsItsComposition) {
  const Operation kernel = [](const auto& x) { return swiglu(x[0], x[1]); };
  const Operation composed = [](const auto& x) { return reference::swiglu(x[0], x[1]); };
  expect_same(kernel, composed, {numbers({3, 70, 37}, 1) * 8, numbers({3, 70, 37}, 2)});
  expect_finite_difference(kernel, {numbers({5, 19}, 1), numbers({5, 19}, 2)});
}

TEST(Ops, RotateEqualsItsCompositionAndKeepsLengths) {
  const RotaryTable table = make_rotary_table(5, 11, 8, 10000.0, at::kCPU);
  const Operation kernel = [&](const auto& x) { return rotate(x[0], table); };
  const Operation composed = [&](const auto& x) { return reference::rotate(x[0], table); };
  const Tensor x = numbers({2, 11, 24}, 1);
  expect_same(kernel, composed, {x});
  const auto lengths = [](const Tensor& y) { return y.view({2, 11, 3, 8}).square().sum(3); };
  EXPECT_LT(difference(lengths(rotate(x, table)), lengths(x)), 1e-5);
}

TEST(Ops, RotaryTableContinuesFromItsFirstPosition) {
  const RotaryTable whole = make_rotary_table(0, 9, 6, 500.0, at::kCPU);
  const RotaryTable tail = make_rotary_table(4, 5, 6, 500.0, at::kCPU);
  EXPECT_TRUE(whole.cos.narrow(0, 4, 5).equal(tail.cos));
  EXPECT_TRUE(whole.sin.narrow(0, 4, 5).equal(tail.sin));
}

struct AttentionCase {
  std::int64_t queries, keys, heads, kv_heads, head_dim;
  AttentionPattern pattern;
};

class AttentionTest : public ::testing::TestWithParam<AttentionCase> {};

TEST_P(AttentionTest, EqualsItsComposition) {
  const AttentionCase& c = GetParam();
  const Operation kernel = [&](const auto& x) {
    return attention(x[0], x[1], x[2], c.head_dim, c.pattern);
  };
  const Operation composed = [&](const auto& x) {
    return reference::attention(x[0], x[1], x[2], c.head_dim, c.pattern);
  };
  expect_same(kernel, composed,
              {numbers({2, c.queries, c.heads * c.head_dim}, 1),
               numbers({2, c.keys, c.kv_heads * c.head_dim}, 2),
               numbers({2, c.keys, c.kv_heads * c.head_dim}, 3)});
}

INSTANTIATE_TEST_SUITE_P(Shapes, AttentionTest,
                         ::testing::Values(AttentionCase{7, 7, 2, 2, 4, {false, 0}},
                                           AttentionCase{70, 70, 4, 2, 8, {false, 0}},
                                           AttentionCase{70, 70, 4, 1, 8, {true, 0}},
                                           AttentionCase{70, 70, 4, 2, 8, {false, 5}},
                                           AttentionCase{130, 130, 2, 1, 6, {true, 9}},
                                           AttentionCase{70, 70, 4, 2, 8, {true, 0, 3}},
                                           AttentionCase{130, 130, 2, 1, 6, {true, 90, 80}},
                                           AttentionCase{1, 20, 4, 2, 8, {true, 0}},
                                           AttentionCase{3, 20, 4, 2, 8, {true, 6}}));

TEST(Attention, PassesFiniteDifferences) {
  const Operation kernel = [](const auto& x) { return attention(x[0], x[1], x[2], 4, {false, 0}); };
  expect_finite_difference(kernel,
                           {numbers({1, 9, 8}, 1), numbers({1, 9, 4}, 2), numbers({1, 9, 4}, 3)});
}

TEST(Attention, CausalRowsDoNotSeeLaterKeys) {
  const Tensor q = numbers({1, 40, 8}, 1), k = numbers({1, 40, 8}, 2), v = numbers({1, 40, 8}, 3);
  Tensor k_changed = k.clone(), v_changed = v.clone();
  k_changed.narrow(1, 25, 15).add_(3.0);
  v_changed.narrow(1, 25, 15).add_(3.0);
  const Tensor a = attention(q, k, v, 4, {true, 0});
  const Tensor b = attention(q, k_changed, v_changed, 4, {true, 0});
  EXPECT_TRUE(a.narrow(1, 0, 25).equal(b.narrow(1, 0, 25)));
  EXPECT_FALSE(a.narrow(1, 25, 15).equal(b.narrow(1, 25, 15)));
}

TEST(Attention, ALookAheadGoesFromCausalToBidirectional) {
  const Tensor q = numbers({2, 40, 8}, 1), k = numbers({2, 40, 8}, 2), v = numbers({2, 40, 8}, 3);
  const Tensor causal = attention(q, k, v, 4, {true, 0});
  const Tensor bidirectional = attention(q, k, v, 4, {false, 0});
  EXPECT_TRUE(attention(q, k, v, 4, {true, 0, 0}).equal(causal));
  EXPECT_TRUE(attention(q, k, v, 4, {true, 0, 40}).equal(bidirectional));
  const Tensor between = attention(q, k, v, 4, {true, 0, 10});
  EXPECT_FALSE(between.select(1, 0).equal(causal.select(1, 0)));
  EXPECT_FALSE(between.select(1, 0).equal(bidirectional.select(1, 0)));
  EXPECT_TRUE(between.narrow(1, 39, 1).equal(bidirectional.narrow(1, 39, 1)));
  EXPECT_EQ(visible_keys({true, 0, 10}, 5, 40).end, 16);
  EXPECT_EQ(visible_keys({true, 4, 10}, 5, 40).end, 9) << "the window bounds it, too";
}

}  // namespace
}  // namespace tess2::model
