#include "train/run_plan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "data/tokenize.h"
#include "model/checkpoint.h"
#include "support/temporary_folder.h"
#include "text/text_test_support.h"

namespace tess2::train {
namespace {

namespace fs = std::filesystem;

/// A base without weights, some documents and dialogues.
class RunPlanTest : public ::testing::Test {
 protected:
  RunPlanTest() {
    text::make_small_tokenizer(path("base"));
    const auto tokenizer = text::load_tokenizer(path("base"));
    model::Config config;
    config.architecture = model::Architecture::kLlama;
    config.vocab_size = tokenizer->vocab_size();
    config.hidden_size = 16;
    config.intermediate_size = 24;
    config.num_hidden_layers = 2;
    config.num_attention_heads = 2;
    config.num_key_value_heads = 1;
    config.head_dim = 8;
    config.tie_word_embeddings = true;
    vocabulary_ = config.vocab_size;
    model::write_config(config, path("base/config.json"));
    std::ofstream documents(path("documents.txt"));
    for (int i = 0; i < 40; ++i) documents << "the cat sat on the mat and the dog sat\n";
    std::ofstream dialogues(path("dialogues.jsonl"));
    for (int i = 0; i < 20; ++i) dialogues << "{\"messages\": []}\n\n";
  }

  fs::path path(const std::string& name) const { return folder_.path() / name; }
  RunPaths paths(const std::string& data) const {
    return {{path(data)}, {path(data)}, path("output")};
  }
  AdaptSettings adapting() const {
    AdaptSettings settings;
    settings.base = path("base");
    settings.paths = paths("documents.txt");
    settings.length = 32;
    settings.loop.steps = 10;
    settings.loop.batch_size = 4;
    settings.loop.accumulation = 3;
    return settings;
  }

  test_support::TemporaryFolder folder_;
  std::int64_t vocabulary_ = 0;
};

TEST_F(RunPlanTest, CountsWeightsByPartAndTokensWithoutWeights) {
  const RunPlan plan = plan_run(adapting());
  EXPECT_EQ(plan.config.vocab_size, vocabulary_ + 1) << "with padding";
  EXPECT_EQ(plan.total_weights(), model::count_parameters(plan.config));
  std::map<std::string, std::int64_t> parts;
  for (const auto& [name, count] : plan.weights) parts[name] = count;
  EXPECT_EQ(parts,
            (std::map<std::string, std::int64_t>{{"embedding", (vocabulary_ + 1) * 16},
                                                 {"head", (vocabulary_ + 1) * 16},
                                                 {"attention", 2 * (2 * 16 * 16 + 2 * 8 * 16)},
                                                 {"feed-forward", 2 * 3 * 16 * 24},
                                                 {"norms", 5 * 16},
                                                 {"time embedding", 16}}));
  EXPECT_EQ(plan.steps, 10);
  EXPECT_EQ(plan.examples_per_step, 12);
  EXPECT_EQ(plan.tokens_per_step, 12 * 32);
  EXPECT_FALSE(plan.epochs().has_value()) << "a text has to be tokenised first";
  EXPECT_TRUE(plan.shape.accumulates);
}

TEST_F(RunPlanTest, ShardsTellTheirEpochs) {
  data::write_token_shards({path("documents.txt")}, *text::load_tokenizer(path("base")), {},
                           data::Reading({}), path("shards"), {});
  AdaptSettings settings = adapting();
  settings.paths.train = {path("shards")};
  const RunPlan plan = plan_run(settings);
  ASSERT_TRUE(plan.epoch_examples.has_value());
  const data::TokenShards shards(path("shards"));
  EXPECT_EQ(*plan.epoch_examples, static_cast<std::int64_t>(shards.index().tokens()) / 32);
  EXPECT_NEAR(*plan.epochs(), 120.0 / static_cast<double>(*plan.epoch_examples), 1e-12);
  settings.paths.weights = {"1"};
  EXPECT_FALSE(plan_run(settings).epochs().has_value()) << "a mixture has none";
}

TEST_F(RunPlanTest, LinesTellTheEpochsOfDialoguesAndPairs) {
  TuneSettings tuning;
  tuning.base = path("base");
  tuning.paths = paths("dialogues.jsonl");
  tuning.loop.steps = 5;
  tuning.loop.batch_size = 8;
  EXPECT_EQ(plan_run(tuning).epoch_examples, 20);
  EXPECT_EQ(plan_run(tuning).epochs(), 2.0);
  tuning.dialogue = text::DialogueMode::kEachPair;
  EXPECT_FALSE(plan_run(tuning).epochs().has_value());
  RewardSettings judging;
  judging.base = path("base");
  judging.paths = paths("dialogues.jsonl");
  EXPECT_EQ(plan_run(judging).epoch_examples, 20);
  EXPECT_EQ(plan_run(judging).tokens_per_step, 2 * 16 * 128);
}

TEST_F(RunPlanTest, EachRunTrainsAModelOfItsKind) {
  TuneSettings tuning;
  tuning.base = path("base");
  tuning.paths = paths("dialogues.jsonl");
  EXPECT_EQ(plan_run(tuning).config.kind, model::ModelKind::kDiffusion);
  tuning.objective = TuneObjective::kAutoregressive;
  EXPECT_EQ(plan_run(tuning).config.kind, model::ModelKind::kCausal);
  EXPECT_EQ(plan_run(tuning).config.vocab_size, vocabulary_ + 1);
  RewardSettings judging;
  judging.base = path("base");
  judging.paths = paths("dialogues.jsonl");
  EXPECT_EQ(plan_run(judging).config.kind, model::ModelKind::kReward);
  PretrainSettings pretraining;
  pretraining.tokenizer = path("base");
  pretraining.paths = paths("documents.txt");
  EXPECT_EQ(plan_run(pretraining).config.vocab_size, vocabulary_);
  EXPECT_EQ(plan_run(pretraining).config.hidden_size, 128);
}

TEST_F(RunPlanTest, ThePeakBatchDependsOnTheMasks) {
  AdaptSettings settings = adapting();
  settings.masks = data::MaskObjective::kUnconditional;
  EXPECT_EQ(plan_run(settings).shape.span_share, 1.0);
  settings.masks = data::MaskObjective::kSpanInfilling;
  EXPECT_EQ(plan_run(settings).shape.span_share, 0.15);
  settings.masks = data::MaskObjective::kUl2;
  EXPECT_NEAR(plan_run(settings).shape.span_share, 0.9665, 1e-4);
  settings.loop.batch_size = 1;
  EXPECT_EQ(plan_run(settings).shape.span_share, 1.0);
}

}  // namespace
}  // namespace tess2::train
