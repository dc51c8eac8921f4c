#include "model/head_loss.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/error.h"
#include "diffusion/cross_entropy.h"
#include "support/random_tensors.h"

namespace tess2::model {
namespace {

using at::Tensor;
using test_support::random_ids;
using test_support::random_numbers;
using test_support::relative_difference;

struct Problem {
  Tensor hidden, head, labels, weights;
};

Problem problem(std::int64_t rows, std::int64_t hidden, std::int64_t vocab, at::ScalarType type) {
  Tensor weights = random_numbers({rows}, 4).abs();
  weights[0] = 0.0;
  return {random_numbers({rows, hidden}, 1).to(type).requires_grad_(true),
          (random_numbers({vocab, hidden}, 2) * 0.3).requires_grad_(true),
          random_ids({rows}, vocab, 3), weights / weights.sum()};
}

struct Outcome {
  Tensor total, each;
  std::vector<Tensor> gradients;
};

Outcome ours(const Problem& p, double factor = 1.0) {
  const auto losses = head_cross_entropy(p.hidden, p.head, p.labels, p.weights);
  return {losses.total.detach(), losses.each,
          torch::autograd::grad({losses.total * factor}, {p.hidden, p.head})};
}

Outcome composed(const Problem& p) {
  const Tensor logits = at::linear(p.hidden.to(at::kFloat), p.head);
  const Tensor each = diffusion::cross_entropy(logits, p.labels);
  const Tensor total = at::dot(each, p.weights);
  return {total.detach(), each.detach(), torch::autograd::grad({total}, {p.hidden, p.head})};
}

void expect_same(const Outcome& found, const Outcome& expected, double tolerance) {
  EXPECT_LT(relative_difference(found.total, expected.total), tolerance);
  EXPECT_LT(relative_difference(found.each, expected.each), tolerance);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(found.gradients[i].scalar_type(), expected.gradients[i].scalar_type());
    const Tensor difference = found.gradients[i] - expected.gradients[i];
    EXPECT_LT((difference.norm() / expected.gradients[i].norm()).item<double>(), tolerance) << i;
  }
}

TEST(HeadLoss, EqualsCrossEntropyOfTheLogits) {
  for (const std::int64_t vocab : {11, 700}) {
    const Problem p = problem(90, 40, vocab, at::kFloat);
    expect_same(ours(p), composed(p), 1e-5);
  }
}

// 64 MB of logits are one chunk.
TEST(HeadLoss, ChunksAddUp) {
  const Problem p = problem(700, 8, 32001, at::kFloat);
  expect_same(ours(p), composed(p), 1e-5);
  const Problem half = problem(1300, 8, 32001, at::kBFloat16);
  expect_same(ours(half), composed(half), 2e-2);
}

TEST(HeadLoss, InBfloat16IsNear) {
  for (const std::int64_t vocab : {11, 700}) {
    const Problem p = problem(90, 40, vocab, at::kBFloat16);
    expect_same(ours(p), composed(p), 1e-2);
  }
}

TEST(HeadLoss, GradientsFollowTheUpstreamOne) {
  const Problem p = problem(20, 16, 50, at::kFloat);
  const Outcome once = ours(p), scaled = ours(p, 0.25);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_LT(relative_difference(scaled.gradients[i] * 4.0, once.gradients[i]), 1e-6);
  }
}

TEST(HeadLoss, AFrozenHeadHasNoGradient) {
  Problem p = problem(20, 16, 50, at::kFloat);
  const Outcome both = ours(p);
  p.head = p.head.detach();
  const auto losses = head_cross_entropy(p.hidden, p.head, p.labels, p.weights);
  const auto gradient = torch::autograd::grad({losses.total}, {p.hidden});
  EXPECT_TRUE(gradient[0].equal(both.gradients[0]));
  EXPECT_TRUE(losses.each.equal(both.each));
}

TEST(HeadLoss, WithoutGradientsGivesTheSameLosses) {
  const Problem p = problem(20, 16, 50, at::kBFloat16);
  const Outcome with = ours(p);
  const at::NoGradGuard no_grad;
  const auto without = head_cross_entropy(p.hidden, p.head, p.labels, p.weights);
  EXPECT_TRUE(without.each.equal(with.each));
  EXPECT_FALSE(without.total.requires_grad());
}

TEST(HeadLoss, RefusesLabelsOutsideTheVocabulary) {
  Problem p = problem(4, 16, 50, at::kFloat);
  p.labels[2] = 50;
  EXPECT_THROW(ours(p), Error);
  p.labels[2] = -1;
  EXPECT_THROW(ours(p), Error);
}

TEST(HeadLoss, TakesNoRows) {
  const Problem p{at::empty({0, 8}), at::ones({5, 8}), at::empty({0}, at::kLong), at::empty({0})};
  EXPECT_EQ(head_cross_entropy(p.hidden, p.head, p.labels, p.weights).total.item<float>(), 0.0f);
}

TEST(HeadProductTest, GivesTheLogits) {
  const Problem p = problem(30, 40, 701, at::kFloat);
  const at::NoGradGuard no_grad;
  const Tensor expected = at::linear(p.hidden, p.head);
  EXPECT_LT(relative_difference(HeadProduct(p.head, at::kFloat).logits(p.hidden), expected), 1e-5);
  const Tensor half = HeadProduct(p.head, at::kBFloat16).logits(p.hidden.to(at::kBFloat16));
  ASSERT_EQ(half.scalar_type(), at::kHalf);
  EXPECT_LT(relative_difference(half.to(at::kFloat), expected), 1e-2);
}

}  // namespace
}  // namespace tess2::model
