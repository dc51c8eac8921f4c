// What no run can be made of is refused before any work, with file, key, expected and found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "data/tokenize.h"
#include "train/runs.h"
#include "train/runs_test_support.h"

namespace tess2::train {
namespace {

using test_support::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(RunsTest, PretrainingNeedsABaseOrATokenizerAndNotBoth) {
  PretrainSettings settings = pretrain_settings();
  settings.base = path("base");
  EXPECT_THAT(error_of([&] { run_pretrain(settings, "", {}); }),
              StartsWith("pretrain: expected one of base and tokenizer, found both; "));
  settings.base.clear();
  settings.tokenizer.clear();
  EXPECT_EQ(error_of([&] { run_pretrain(settings, "", {}); }),
            "pretrain: expected one of base and tokenizer, found neither");
}

TEST_F(RunsTest, ATokenizerThatDoesNotFitTheBaseIsRefusedByEveryRun) {
  pretrain();
  train_tokenizer("other", kVocab + 10);
  text::copy_tokenizer(path("other"), path("base"));
  const std::string expected = path("base/config.json").string() +
                               ": vocab_size: expected 310, the size of the tokenizer, found 300";
  PretrainSettings settings = pretrain_settings("longer");
  settings.tokenizer.clear();
  settings.base = path("base");
  EXPECT_EQ(error_of([&] { run_pretrain(settings, "", {}); }), expected);
  EXPECT_EQ(error_of([&] { run_adapt(adapt_settings(), "", {}); }), expected);
  for (const auto objective : {TuneObjective::kDiffusion, TuneObjective::kAutoregressive}) {
    EXPECT_EQ(error_of([&] { run_tune(tune_settings("base", "t", objective), "", {}); }), expected);
  }
  EXPECT_EQ(error_of([&] { run_reward(reward_settings(), "", {}); }), expected);
}

TEST_F(RunsTest, ABaseOfTheWrongKindIsRefused) {
  pretrain();
  adapt();
  const std::string complaint =
      "base: expected an autoregressive model, found a diffusion model in " +
      path("adapted").string();
  PretrainSettings settings = pretrain_settings("longer");
  settings.tokenizer.clear();
  settings.base = path("adapted");
  EXPECT_EQ(error_of([&] { run_pretrain(settings, "", {}); }), complaint);
  EXPECT_EQ(error_of([&] { run_reward(reward_settings("adapted"), "", {}); }), complaint);
  EXPECT_EQ(error_of([&] {
              run_tune(tune_settings("adapted", "twin", TuneObjective::kAutoregressive), "", {});
            }),
            complaint);
  for (const char* output : {"longer", "judge", "twin"}) EXPECT_FALSE(fs::exists(path(output)));
}

TEST_F(RunsTest, ALevelBeyondTheScheduleIsRefused) {
  pretrain();
  AdaptSettings settings = adapt_settings();
  settings.diffusion.validation_timesteps = {"20", "100"};
  EXPECT_EQ(error_of([&] { run_adapt(settings, "", {}); }),
            "diffusion.validation_timesteps: expected below diffusion.timesteps (100), found 100");
}

TEST_F(RunsTest, AnOutputThatIsNoCheckpointIsRefusedBeforeAnyWork) {
  fs::create_directories(path("base"));
  std::ofstream(path("base") / "thesis.txt") << "years of work";
  PretrainSettings settings = pretrain_settings();
  settings.paths.train = {path("missing.jsonl")};
  const std::string problems = error_of([&] { run_pretrain(settings, "", {}); });
  EXPECT_THAT(problems, HasSubstr("base: expected a free name or a run's folder"));
  EXPECT_THAT(problems, HasSubstr("missing.jsonl: cannot be opened"));
  EXPECT_EQ(content("base/thesis.txt"), "years of work");
}

TEST_F(RunsTest, MissingFilesAreNamedAndNothingIsWritten) {
  PretrainSettings settings = pretrain_settings();
  settings.paths.validation = {path("missing.jsonl")};
  EXPECT_THAT(error_of([&] { run_pretrain(settings, "", {}); }),
              StartsWith(path("missing.jsonl").string() + ": "));
  EXPECT_THAT(error_of([&] { run_adapt(adapt_settings("nowhere"), "", {}); }),
              StartsWith(path("nowhere/config.json").string() + ": "));
  EXPECT_FALSE(fs::exists(path("base")));
  EXPECT_FALSE(fs::exists(path("adapted")));
}

TEST_F(RunsTest, WeightsThatCannotBeMeantAreToldBesideAMissingBase) {
  AdaptSettings settings = adapt_settings("nowhere");
  const auto complaint = [](const std::string& problem) {
    return ::testing::AllOf(HasSubstr("config.json: cannot be opened"), HasSubstr(problem));
  };
  for (const char* weight : {"-1", "nan", "0"}) {
    settings.paths.weights = {weight};
    EXPECT_THAT(
        error_of([&] { run_adapt(settings, "", {}); }),
        complaint(std::string("weights: expected finite numbers above 0, found ") + weight));
  }
  settings.paths.weights = {"1", "2"};
  EXPECT_THAT(error_of([&] { run_adapt(settings, "", {}); }),
              complaint("weights: expected one for each of 1 inputs, found 2"));
}

TEST_F(RunsTest, WhatABaseTellsIsCheckedBeforeItIsLoaded) {
  pretrain();
  fs::remove(path("base/model.safetensors"));
  AdaptSettings settings = adapt_settings();
  settings.length = 4096;
  EXPECT_EQ(error_of([&] { run_adapt(settings, "", {}); }),
            "length: expected at most max_position_embeddings of the base (2048), found 4096");
  settings = adapt_settings("base", "base/adapted");
  EXPECT_EQ(error_of([&] { run_adapt(settings, "", {}); }),
            "data.output: expected a folder apart from the base (" + path("base").string() +
                "), found " + path("base/adapted").string());
  settings = adapt_settings("base/../base", "base");
  EXPECT_EQ(error_of([&] { run_adapt(settings, "", {}); }),
            "data.output: expected another folder than the base, which a run may need again");
}

TEST_F(RunsTest, AnOutputAmongTheDataIsRefused) {
  pretrain();
  fs::create_directory(path("texts"));
  fs::copy(path("train.documents.jsonl"), path("texts/a.jsonl"));
  AdaptSettings settings = adapt_settings("base", "texts/adapted");
  settings.paths.train = {path("texts")};
  EXPECT_EQ(error_of([&] { run_adapt(settings, "", {}); }),
            "data.output: expected a folder outside the data (" + path("texts").string() +
                "), found " + path("texts/adapted").string());
}

TEST_F(RunsTest, DataThatCannotBeDialoguesOrPairsAreRefused) {
  pretrain();
  std::ofstream(path("story.txt")) << "Once upon a time.";
  TuneSettings tuning = tune_settings("base", "tuned", TuneObjective::kDiffusion);
  tuning.paths.train = {path("story.txt")};
  EXPECT_EQ(error_of([&] { run_tune(tuning, "", {}); }),
            "data.train: expected dialogues, found a text: " + path("story.txt").string());
  RewardSettings judging = reward_settings();
  judging.paths.validation = {path("story.txt")};
  EXPECT_EQ(
      error_of([&] { run_reward(judging, "", {}); }),
      "data.validation: expected preference pairs, found a text: " + path("story.txt").string());
}

TEST_F(RunsTest, ShardsOfAnotherTokenizerAreRefusedBeforeTheModelIsLoaded) {
  pretrain();
  train_tokenizer("other", kVocab - 10);
  data::write_token_shards({path("train.documents.jsonl")}, *text::load_tokenizer(path("other")),
                           {}, data::Reading({}), path("shards"), {});
  fs::remove(path("base/model.safetensors"));
  AdaptSettings settings = adapt_settings();
  settings.paths.train = {path("shards")};
  EXPECT_THAT(error_of([&] { run_adapt(settings, "", {}); }),
              StartsWith(path("shards/index.json").string()));
}

TEST_F(RunsTest, AShapeThatCannotBeIsRefused) {
  PretrainSettings settings = pretrain_settings();
  settings.model.key_value_heads = 3;
  EXPECT_THAT(error_of([&] { run_pretrain(settings, "", {}); }), HasSubstr("num_key_value_heads"));
  EXPECT_FALSE(fs::exists(path("base")));
}

}  // namespace
}  // namespace tess2::train
