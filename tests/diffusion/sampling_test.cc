#include "diffusion/sampling.h"

#include <gtest/gtest.h>

#include <array>

#include "core/error.h"
#include "diffusion/fakes.h"

namespace tess2::diffusion {
namespace {

constexpr std::int64_t kVocab = 23;
constexpr std::array<std::uint64_t, 1> kSeed{8};

SamplerSettings four_steps(SamplerKind kind = SamplerKind::kDdpm, bool dense = false) {
  SamplerSettings settings;
  settings.kind = kind;
  settings.steps = 4;
  settings.dense = dense;
  return settings;
}

at::Tensor first_row_of(const Canvas& canvas) {
  at::Tensor chosen = at::zeros({canvas.row_count()}, at::kBool);
  chosen[0] = true;
  return chosen;
}

TEST(Sampling, CountsItsSteps) {
  testing::EchoDenoiser denoiser(kVocab);
  Sampling sampling(denoiser, four_steps(), nullptr, testing::make_canvas(1, 6, 2), kSeed);
  EXPECT_EQ(sampling.steps_planned(), 4);
  for (std::int64_t step = 0; step < 4; ++step) {
    EXPECT_FALSE(sampling.finished());
    const StepEvent event = sampling.step();
    EXPECT_EQ(event.step, step);
    EXPECT_EQ(event.previous_logits.defined(), step > 0);
    EXPECT_EQ(sampling.steps_taken(), step + 1);
  }
  EXPECT_TRUE(sampling.finished());
}

TEST(Sampling, AnEventHoldsTheStepBeforeToo) {
  testing::EchoDenoiser denoiser(kVocab);
  Sampling sampling(denoiser, four_steps(), nullptr, testing::make_canvas(1, 6, 2), kSeed);
  const at::Tensor first = sampling.step().logits;
  const StepEvent second = sampling.step();
  EXPECT_TRUE(second.previous_logits.equal(first));
  EXPECT_TRUE(second.previous_tokens.equal(first.argmax(1)));
}

TEST(Sampling, PredictionsInHalfPrecisionGiveTheTokensOfTheRoundedValues) {
  for (const SamplerKind kind : {SamplerKind::kDdpm, SamplerKind::kDdim}) {
    testing::EchoDenoiser echo(kVocab);
    testing::RoundingDenoiser in_half(echo, at::kHalf), in_float(echo, at::kFloat);
    const Canvas canvas = testing::make_canvas(1, 40, 2);
    Sampling half(in_half, four_steps(kind), nullptr, canvas, kSeed);
    Sampling single(in_float, four_steps(kind), nullptr, canvas, kSeed);
    while (!half.finished()) {
      const StepEvent event = half.step();
      EXPECT_EQ(event.logits.scalar_type(), at::kHalf);
      EXPECT_TRUE(event.tokens.equal(single.step().tokens));
      if (half.steps_taken() > 1) continue;
      half.commit(first_row_of(half.canvas()));
      single.commit(first_row_of(single.canvas()));
    }
    EXPECT_TRUE(half.logits().to(at::kFloat).equal(single.logits()));
  }
}

// What is committed becomes context; the rows that stay keep their noise, their place and what was
// predicted for them.
class Commitment : public ::testing::TestWithParam<std::pair<SamplerKind, bool>> {};

TEST_P(Commitment, LeavesTheOtherRowsAsTheyWere) {
  const auto [kind, dense] = GetParam();
  testing::EchoDenoiser plain(kVocab);
  testing::EchoDenoiser committing(kVocab);
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  Sampling expected(plain, four_steps(kind, dense), nullptr, canvas, kSeed);
  Sampling sampling(committing, four_steps(kind, dense), nullptr, canvas, kSeed);
  expected.step();
  const std::int64_t token = sampling.step().tokens[0].item<std::int64_t>();
  sampling.commit(first_row_of(canvas));

  EXPECT_EQ(sampling.canvas().row_count(), 3);
  EXPECT_EQ(sampling.canvas().row_position(0), 3);
  EXPECT_EQ(sampling.canvas().ids()[0][2].item<std::int64_t>(), token);
  EXPECT_FALSE(sampling.canvas().span_mask()[0][2].item<bool>());
  while (!sampling.finished()) {
    const at::Tensor want = expected.step().logits;
    // The echo denoiser looks at each row alone.
    EXPECT_TRUE(sampling.step().logits.equal(want.narrow(0, 1, 3)));
  }
  EXPECT_EQ(sampling.filled()[0][2].item<std::int64_t>(), token);
  EXPECT_TRUE(sampling.filled().narrow(1, 3, 3).equal(expected.filled().narrow(1, 3, 3)));
}

INSTANTIATE_TEST_SUITE_P(Kinds, Commitment,
                         ::testing::Values(std::pair(SamplerKind::kDdpm, false),
                                           std::pair(SamplerKind::kDdpm, true),
                                           std::pair(SamplerKind::kDdim, false)));

TEST(Sampling, AllRowsMayBeCommitted) {
  testing::EchoDenoiser denoiser(kVocab);
  const Canvas canvas = testing::make_canvas(1, 6, 2);
  Sampling sampling(denoiser, four_steps(), nullptr, canvas, kSeed);
  const at::Tensor tokens = sampling.step().tokens.clone();
  sampling.commit(at::ones({4}, at::kBool));
  EXPECT_EQ(sampling.canvas().row_count(), 0);
  EXPECT_TRUE(sampling.filled()[0].narrow(0, 2, 4).equal(tokens));
}

TEST(Sampling, NeedsOneSeedASequence) {
  testing::EchoDenoiser denoiser(kVocab);
  EXPECT_THROW(Sampling(denoiser, four_steps(), nullptr, testing::make_canvas(2, 6, 2), kSeed),
               Error);
}

}  // namespace
}  // namespace tess2::diffusion
