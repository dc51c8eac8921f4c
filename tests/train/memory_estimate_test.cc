#include "train/memory_estimate.h"

#include <gtest/gtest.h>

#include "model/weights.h"
#include "train/tiny_models.h"

namespace tess2::train {
namespace {

using model::ModelKind;

constexpr double kGigabyte = 1e9;

/// Sizes that differ, so that no formula can take one for another.
MemoryShape small_shape() {
  MemoryShape shape;
  shape.config = test::tiny_config(ModelKind::kDiffusion);
  shape.batch = 4;
  shape.length = 100;
  shape.heap_gaps = 0.0;
  shape.process_bytes = 0;
  return shape;
}

/// Mistral-7B-v0.1 as it is adapted.
MemoryShape seven_billion() {
  MemoryShape shape;
  model::Config& config = shape.config;
  config.kind = ModelKind::kDiffusion;
  config.vocab_size = 32001;
  config.hidden_size = 4096;
  config.intermediate_size = 14336;
  config.num_hidden_layers = 32;
  config.num_attention_heads = 32;
  config.num_key_value_heads = 8;
  config.head_dim = 128;
  shape.length = 2048;
  shape.validation_batch = 16;
  shape.bfloat16 = shape.activation_checkpointing = true;
  shape.heap_gaps = 0.0;
  return shape;
}

double gigabytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / kGigabyte;
}

TEST(MemoryEstimate, ManyPositionsPeakWhereEverythingIsKept) {
  MemoryShape shape = small_shape();
  shape.length = 2000;
  const auto weights = static_cast<std::uint64_t>(model::count_parameters(shape.config));
  const MemoryEstimate estimate = estimate_memory(shape);
  EXPECT_EQ(estimate.moment, "gradients");
  EXPECT_EQ(estimate.weights, 4 * weights);
  EXPECT_EQ(estimate.moments, 8 * weights);
  EXPECT_EQ(estimate.gradients, 4U * 16 * 32);  // of the head
  // H = Q = 32, K = 16, F = 48, A = 4, two blocks; then a block's gradients and the head's inputs.
  const std::uint64_t block = 4 * (4 * 32 + 2 * 32 + 2 * 16 + 3 * 48) + 4 * (4 + 2);
  const std::uint64_t passing = 4 * (2 * 32 + 2 * 32 + 3 * 48);
  EXPECT_EQ(estimate.activations, 8000U * (2 * block + passing + 4 * 32));
  EXPECT_EQ(estimate.vocabulary, 0U);
}

TEST(MemoryEstimate, ALargeVocabularyPeaksAtThePrediction) {
  MemoryShape shape = small_shape();
  shape.config.vocab_size = 5000;
  shape.span_share = 0.25;
  shape.validation_share = 0.0;
  MemoryEstimate estimate = estimate_memory(shape);
  EXPECT_EQ(estimate.moment, "prediction");
  EXPECT_EQ(estimate.vocabulary, 4U * 100 * 5000);
  const std::uint64_t head = 4U * 5000 * 32;
  EXPECT_EQ(estimate.gradients, head);
  shape.config.kind = ModelKind::kCausal;
  EXPECT_EQ(estimate_memory(shape).vocabulary, 4U * 100 * 5000);
  shape.accumulates = true;
  EXPECT_EQ(estimate_memory(shape).gradients,
            head + 4 * static_cast<std::uint64_t>(model::count_parameters(shape.config)));
}

TEST(MemoryEstimate, ManyWeightsPeakAtTheUpdate) {
  MemoryShape shape = small_shape();
  shape.batch = shape.length = 1;
  const MemoryEstimate estimate = estimate_memory(shape);
  EXPECT_EQ(estimate.moment, "update");
  EXPECT_EQ(estimate.gradients, estimate.weights);
  EXPECT_EQ(estimate.total(),
            16 * static_cast<std::uint64_t>(model::count_parameters(shape.config)));
}

TEST(MemoryEstimate, SmallMicroBatchesPeakAtValidation) {
  MemoryShape shape = small_shape();
  shape.batch = 1;
  shape.config.vocab_size = 5000;
  shape.validation_batch = 16;
  const MemoryEstimate estimate = estimate_memory(shape);
  EXPECT_EQ(estimate.moment, "validation");
  // The earlier prediction's chunk, and 32 rows that one thread mixes.
  EXPECT_EQ(estimate.vocabulary, 4U * 16 * 50 * 5000 + 4U * 32 * 5000);
}

TEST(MemoryEstimate, ChunksBoundTheVocabulary) {
  MemoryShape shape = small_shape();
  shape.config.vocab_size = 50000;
  shape.length = 2000;
  EXPECT_EQ(estimate_memory(shape).moment, "prediction");
  EXPECT_EQ(estimate_memory(shape).vocabulary, std::uint64_t{64} << 20);
  // A chunk and its transpose, and two packed tables.
  shape.bfloat16 = true;
  EXPECT_EQ(estimate_memory(shape).vocabulary, 2 * (std::uint64_t{64} << 20) + 2U * 2 * 50000 * 32);
}

TEST(MemoryEstimate, SamplesKeepTheirPredictions) {
  MemoryShape shape = small_shape();
  shape.config.vocab_size = 50000;
  shape.batch = 1;
  shape.samples = 8;
  EXPECT_EQ(estimate_memory(shape).moment, "samples");
  EXPECT_EQ(estimate_memory(shape).vocabulary, 3U * 8 * 50 * 50000 * 4);
}

TEST(MemoryEstimate, CheckpointingKeepsTheInputsOfBlocks) {
  MemoryShape shape = small_shape();
  shape.config.num_hidden_layers = 20;
  shape.length = 2000;
  const double whole = static_cast<double>(estimate_memory(shape).activations);
  shape.activation_checkpointing = true;
  const double little = static_cast<double>(estimate_memory(shape).activations);
  EXPECT_LT(little, 0.25 * whole);
  EXPECT_GT(little, 8000.0 * 20 * 32 * 4);
}

TEST(MemoryEstimate, RanksShareMomentsAndThenGradients) {
  MemoryShape shape = seven_billion();
  const MemoryEstimate alone = estimate_memory(shape);
  shape.ranks = 8;
  EXPECT_EQ(estimate_memory(shape).total(), alone.total());
  shape.zero_stage = 1;
  EXPECT_EQ(estimate_memory(shape).moments, alone.moments / 8);
  EXPECT_EQ(estimate_memory(shape).gradients, alone.gradients);
  shape.zero_stage = 2;
  shape.accumulates = true;
  EXPECT_EQ(estimate_memory(shape).moments, alone.moments / 8);
  EXPECT_EQ(estimate_memory(shape).gradients, alone.gradients / 8 + 4U * 32001 * 4096);
  EXPECT_EQ(estimate_memory(shape).weights, alone.weights);
}

TEST(MemoryEstimate, FrozenWeightsHaveNeitherGradientsNorMoments) {
  MemoryShape shape = small_shape();
  const auto weights = static_cast<std::uint64_t>(model::count_parameters(shape.config));
  shape.trained_weights = 100;
  shape.accumulates = true;
  const MemoryEstimate estimate = estimate_memory(shape);
  EXPECT_EQ(estimate.weights, 4 * weights);
  EXPECT_EQ(estimate.moments, 800U);
  EXPECT_EQ(estimate.gradients, 800U);  // one micro-batch's beside the sum
}

TEST(MemoryEstimate, PairsAreTwoSequencesWithoutVocabulary) {
  MemoryShape shape = small_shape();
  shape.length = 2000;
  const std::uint64_t single = estimate_memory(shape).activations;
  shape.config.kind = ModelKind::kReward;
  const MemoryEstimate pairs = estimate_memory(shape);
  EXPECT_EQ(pairs.activations, 2 * (single - 8000U * 4 * 32));  // no inputs of a head
  EXPECT_EQ(pairs.vocabulary, 0U);
}

// The figures of docs/training.md.
TEST(MemoryEstimate, SevenBillionWeightsOnDevicesOf80Gigabytes) {
  MemoryShape shape = seven_billion();
  shape.accumulates = true;
  const auto total = [&](std::int64_t ranks, int zero_stage) {
    shape.ranks = ranks;
    shape.zero_stage = zero_stage;
    return gigabytes(estimate_memory(shape).total());
  };
  EXPECT_NEAR(gigabytes(estimate_memory(shape).weights), 29.0, 0.1);
  EXPECT_NEAR(gigabytes(estimate_memory(shape).moments), 57.9, 0.1);
  EXPECT_NEAR(gigabytes(estimate_memory(shape).gradients), 29.5, 0.1);
  EXPECT_NEAR(gigabytes(estimate_memory(shape).activations), 1.41, 0.01);
  EXPECT_NEAR(gigabytes(estimate_memory(shape).vocabulary), 0.66, 0.01);
  EXPECT_NEAR(total(1, 0), 118.65, 0.1);
  EXPECT_NEAR(total(8, 0), 118.65, 0.1);
  EXPECT_NEAR(total(8, 1), 67.9, 0.1);
  EXPECT_NEAR(total(8, 2), 42.6, 0.1);
  // Adapters of rank 16 at all seven matrices of each block.
  shape.trained_weights = 41'943'040;
  EXPECT_NEAR(total(1, 0), 33.8, 0.1);  // at a validation of 16 sequences
  shape.trained_weights.reset();
  shape.activation_checkpointing = false;
  EXPECT_NEAR(total(8, 2), 51.4, 0.1);
}

}  // namespace
}  // namespace tess2::train
