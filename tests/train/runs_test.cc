#include "train/runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "data/tokenize.h"
#include "diffusion/time_warp.h"
#include "model/adapter_files.h"
#include "train/run_model.h"
#include "train/runs_test_support.h"

namespace tess2::train {
namespace {

using test_support::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The largest difference between two checkpoints' weights.
double difference(model::Checkpoint a, model::Checkpoint b) {
  const auto slots = model::weight_slots(b.weights, b.config);
  std::size_t i = 0;
  double largest = 0.0;
  model::for_each_parameter(a.weights, a.config, [&](const std::string&, at::Tensor& weight) {
    largest = std::max(largest, (weight - *slots[i++].tensor).abs().max().item<double>());
  });
  return largest;
}

TEST_F(RunsTest, TheWholeChainTrainsAndItsCheckpointsLoad) {
  pretrain();
  const auto base = expect_checkpoint("base", ModelKind::kCausal, "recipe: 1\n");
  EXPECT_EQ(base.config.vocab_size, kVocab);
  EXPECT_EQ(base.config.eos_token_id, text::load_tokenizer(path("base"))->eos());
  EXPECT_FALSE(text::load_tokenizer(path("base"))->pad().has_value());

  adapt();
  const auto adapted = expect_checkpoint("adapted", ModelKind::kDiffusion, "recipe: 2\n");
  expect_padding("adapted", adapted.config);
  EXPECT_TRUE(adapted.config.self_condition);
  EXPECT_EQ(adapted.config.canvas_length, 32);
  EXPECT_GT(adapted.weights.timestep_embed.abs().max().item<float>(), 0.0f);

  run_tune(tune_settings("adapted", "tuned", TuneObjective::kDiffusion), "recipe: 3\n", {});
  const auto tuned = expect_checkpoint("tuned", ModelKind::kDiffusion, "recipe: 3\n");
  expect_padding("tuned", tuned.config);
  EXPECT_GT(difference(tuned, adapted), 0.0);

  run_tune(tune_settings("base", "twin", TuneObjective::kAutoregressive), "recipe: 4\n", {});
  expect_padding("twin", expect_checkpoint("twin", ModelKind::kCausal, "recipe: 4\n").config);

  run_reward(reward_settings(), "recipe: 5\n", {});
  expect_padding("judge", expect_checkpoint("judge", ModelKind::kReward, "recipe: 5\n").config);
}

TEST_F(RunsTest, EachKindTrainsInBfloat16WithCheckpointingNearFloat32) {
  pretrain();
  const auto run_in = [&](const PrecisionSettings& precision, const std::string& mark) {
    auto pretrained = pretrain_settings("again" + mark);
    auto adapted = adapt_settings("base", "adapted" + mark);
    auto twin = tune_settings("base", "twin" + mark, TuneObjective::kAutoregressive);
    auto judge = reward_settings();
    judge.paths.output = path("judge" + mark);
    for (LoopSettings* settings : {&pretrained.loop, &adapted.loop, &twin.loop, &judge.loop}) {
      settings->precision = precision;
    }
    run_pretrain(pretrained, "", {});
    run_adapt(adapted, "", {});
    run_tune(twin, "", {});
    run_reward(judge, "", {});
  };
  run_in({}, "");
  run_in({Precision::kBf16, true}, "-half");
  for (const auto& [name, kind] :
       {std::pair{"again", ModelKind::kCausal}, std::pair{"adapted", ModelKind::kDiffusion},
        std::pair{"twin", ModelKind::kCausal}, std::pair{"judge", ModelKind::kReward}}) {
    const auto exact = model::load_checkpoint(path(name), kind);
    const auto half = model::load_checkpoint(path(name + std::string("-half")), kind);
    EXPECT_EQ(half.weights.backbone.embed.scalar_type(), at::kFloat) << name;
    EXPECT_GT(difference(half, exact), 0.0) << name;
    const at::Tensor moved =
        exact.weights.backbone.layers[0].q_proj - half.weights.backbone.layers[0].q_proj;
    EXPECT_LT(moved.abs().max().item<float>(), 2e-3f) << name;
  }
}

TEST_F(RunsTest, ADiffusionModelMayAlsoBeTunedFromAnAutoregressiveBaseOrAdaptedFurther) {
  pretrain();
  run_tune(tune_settings("base", "tuned", TuneObjective::kDiffusion), "", {});
  expect_padding("tuned", expect_checkpoint("tuned", ModelKind::kDiffusion, "").config);
  run_adapt(adapt_settings("tuned", "further"), "", {});
  const auto further = expect_checkpoint("further", ModelKind::kDiffusion, "");
  expect_padding("further", further.config);
  EXPECT_GT(difference(further, model::load_checkpoint(path("tuned"), ModelKind::kDiffusion)), 0.0);
}

TEST_F(RunsTest, PretrainingGoesOnFromABase) {
  pretrain();
  PretrainSettings settings = pretrain_settings("longer");
  settings.tokenizer.clear();
  settings.base = path("base");
  settings.loop.learning_rate.peak = 1e-9;
  run_pretrain(settings, "", {});
  const auto longer = expect_checkpoint("longer", ModelKind::kCausal, "");
  EXPECT_LT(difference(longer, model::load_checkpoint(path("base"), ModelKind::kCausal)), 1e-6);
}

TEST_F(RunsTest, FreshWeightsKeepTheShapeAndNothingElse) {
  pretrain();
  AdaptSettings settings = adapt_settings();
  settings.fresh_weights = true;
  settings.loop.learning_rate.peak = 1e-9;
  run_adapt(settings, "", {});
  const auto fresh = expect_checkpoint("adapted", ModelKind::kDiffusion, "");
  const model::Checkpoint expected{fresh.config, model::make_weights(fresh.config, kSeed)};
  EXPECT_LT(difference(fresh, expected), 1e-6);
}

TEST_F(RunsTest, APartLeftOutOfTheAdaptationStaysOutInTuning) {
  pretrain();
  AdaptSettings settings = adapt_settings();
  settings.parts = {false, false, false};
  run_adapt(settings, "", {});
  run_tune(tune_settings("adapted", "tuned", TuneObjective::kDiffusion), "", {});
  for (const char* name : {"adapted", "tuned"}) {
    const model::Config config = model::read_model_config(path(name));
    EXPECT_FALSE(config.label_shift || config.self_condition) << name;
    EXPECT_TRUE(config.is_causal) << name;
  }
  EXPECT_TRUE(trained_config(adapt_settings()).label_shift);
  EXPECT_FALSE(trained_config(settings).label_shift);
}

TEST_F(RunsTest, TheSameSeedGivesTheSameWeightsForAnyNumberOfThreads) {
  pretrain();
  const auto weights_after = [&](int threads, std::uint64_t seed, const std::string& output) {
    tensor::set_threads(threads);
    AdaptSettings settings = adapt_settings("base", output);
    settings.seed = seed;
    settings.loop.steps = 6;
    settings.loop.batch_size = 12;
    run_adapt(settings, "", {});
    return content(output + "/model.safetensors");
  };
  const std::string one = weights_after(1, 3, "one");
  EXPECT_EQ(weights_after(1, 3, "again"), one);
  EXPECT_EQ(weights_after(2, 3, "two"), one);
  EXPECT_NE(weights_after(2, 4, "other"), one);
}

LoraSettings few_adapters(double dropout = 0.0) {
  LoraSettings lora;
  lora.rank = 2;
  lora.dropout = dropout;
  return lora;
}

TEST_F(RunsTest, AdaptersAreWrittenAloneAndStandForTheirModel) {
  pretrain();
  const std::string base = content("base/model.safetensors");
  AdaptSettings adapting = adapt_settings();
  adapting.trainable.lora = few_adapters();
  run_adapt(adapting, "recipe: 2\n", {});
  EXPECT_FALSE(fs::exists(path("adapted/model.safetensors")));
  EXPECT_LT(fs::file_size(path("adapted/adapter_model.safetensors")), 4000u);
  const auto adapted = expect_checkpoint("adapted", ModelKind::kDiffusion, "recipe: 2\n");
  expect_padding("adapted", adapted.config);
  const auto start = model::diffusion_from_causal(
      model::load_checkpoint(path("base"), ModelKind::kCausal), kVocab, kSeed);
  EXPECT_GT(difference(adapted, start), 0.0);
  EXPECT_TRUE(adapted.weights.backbone.embed.equal(start.weights.backbone.embed));

  TuneSettings tuning = tune_settings("adapted", "tuned", TuneObjective::kDiffusion);
  tuning.trainable.lora = few_adapters();
  run_tune(tuning, "", {});
  EXPECT_GT(difference(expect_checkpoint("tuned", ModelKind::kDiffusion, ""), adapted), 0.0);
  tuning = tune_settings("base", "twin", TuneObjective::kAutoregressive);
  tuning.trainable.lora = few_adapters();
  run_tune(tuning, "", {});
  expect_padding("twin", expect_checkpoint("twin", ModelKind::kCausal, "").config);
  RewardSettings judging = reward_settings();
  judging.trainable.lora = few_adapters();
  judging.noised_inputs = true;
  run_reward(judging, "", {});
  expect_padding("judge", expect_checkpoint("judge", ModelKind::kReward, "").config);
  EXPECT_EQ(content("base/model.safetensors"), base);
}

TEST_F(RunsTest, AWholeModelMayBeTrainedFromAnAdapterOfPeftsWithoutConfigurationAndTokenizer) {
  pretrain();
  PretrainSettings settings = pretrain_settings("longer");
  settings.tokenizer.clear();
  settings.base = path("base");
  settings.trainable.lora = few_adapters();
  run_pretrain(settings, "", {});
  for (const auto& name : {"config.json", "tokenizer.model", "tokenizer_config.json"}) {
    fs::remove(path("longer") / name);
  }
  run_adapt(adapt_settings("longer"), "recipe: 2\n", {});
  expect_padding("adapted",
                 expect_checkpoint("adapted", ModelKind::kDiffusion, "recipe: 2\n").config);
}

TEST_F(RunsTest, ARunWithAdaptersOrFrozenWeightsGoesOnWithTheSameBits) {
  pretrain();
  for (const bool lora : {true, false}) {
    const auto run = [&](const std::string& output, std::int64_t stop_at, int threads) {
      tensor::set_threads(threads);
      AdaptSettings settings = adapt_settings("base", output);
      if (lora) {
        settings.trainable.lora = few_adapters(0.2);
      } else {
        settings.trainable.freeze = {"model.layers.0.self_attn.*"};
      }
      settings.loop.steps = 6;
      std::int64_t done = 0;
      RunObserver observer;
      observer.loop.on_step = [&](const StepReport& report) { done = report.step; };
      observer.loop.stop_asked = [&] { return done == stop_at; };
      run_adapt(settings, "recipe: 2\n", observer);
      const std::string last = output + "/checkpoints/step-0000000" + std::to_string(done) + "/";
      return content(last + (lora ? "adapter_model.safetensors" : "model.safetensors")) +
             content(last + "optimizer.safetensors");
    };
    const std::string name = lora ? "lora" : "frozen";
    const std::string whole = run(name + "whole", 0, 1);
    const std::string half = run(name + "parts", 3, 2);
    EXPECT_NE(half, whole);
    EXPECT_EQ(run(name + "parts", 0, 2), whole) << name;
  }
}

TEST_F(RunsTest, FreshWeightsAreNoBaseOfAdapters) {
  pretrain();
  AdaptSettings settings = adapt_settings();
  settings.trainable.lora = few_adapters();
  settings.fresh_weights = true;
  EXPECT_EQ(error_of([&] { run_adapt(settings, "", {}); }),
            "lora.rank: expected a base, or 0 for fresh weights");
  PretrainSettings pretraining = pretrain_settings("fresh");
  pretraining.trainable.lora = few_adapters();
  EXPECT_EQ(error_of([&] { run_pretrain(pretraining, "", {}); }),
            "lora.rank: expected a base, or 0 for fresh weights");
}

TEST_F(RunsTest, FreezingIsToldAndAPatternOfNothingIsRefused) {
  pretrain();
  AdaptSettings settings = adapt_settings();
  settings.trainable.freeze = {"model.layers.0.mlp.*"};
  std::vector<std::string> notes;
  RunObserver observer;
  observer.on_note = [&](const std::string& line) { notes.push_back(line); };
  run_adapt(settings, "", observer);
  EXPECT_THAT(
      notes, ::testing::Contains(::testing::MatchesRegex("trained: [0-9]+ weights in 10 tensors")));
  settings.trainable.freeze = {"model.layer.0.mlp.*"};
  EXPECT_THAT(error_of([&] { run_adapt(settings, "", {}); }),
              HasSubstr("which matches none (did you mean model.layers.0.mlp."));
}

TEST_F(RunsTest, TellsWhatItLoadedAndWhatItDoes) {
  std::vector<std::string> notes;
  std::vector<std::int64_t> steps, saves;
  Figures last;
  PretrainSettings settings = pretrain_settings();
  settings.loop.save_every = 2;
  RunObserver observer;
  observer.on_note = [&](const std::string& line) { notes.push_back(line); };
  observer.loop.on_step = [&](const StepReport& report) { steps.push_back(report.tokens); };
  observer.loop.on_validation = [&](std::int64_t, const Figures& figures) { last = figures; };
  observer.loop.on_save = [&](std::int64_t step) {
    saves.push_back(step);
    const fs::path checkpoint = path("base/checkpoints/step-0000000" + std::to_string(step));
    EXPECT_NO_THROW(model::load_checkpoint(checkpoint, ModelKind::kCausal));
    EXPECT_FALSE(fs::exists(path("base/config.json")));
  };
  run_pretrain(settings, "", observer);
  ASSERT_EQ(notes.size(), 2u);
  const std::int64_t weights =
      model::count_parameters(model::read_config(path("base/config.json")));
  EXPECT_EQ(notes[0], "model: " + std::to_string(weights) + " weights, 1 layers, vocabulary 300");
  EXPECT_THAT(notes[1], StartsWith("data: "));
  EXPECT_THAT(notes[1], HasSubstr(" rows of 32 tokens"));
  EXPECT_EQ(steps, (std::vector<std::int64_t>{128, 256, 384}));
  EXPECT_EQ(saves, (std::vector<std::int64_t>{2, 3}));
  ASSERT_EQ(last.size(), 1u);
  EXPECT_NEAR(last[0].second, std::log(300.0), 0.3);
}

TEST_F(RunsTest, WithTimeWarpingARunGoesOnWithTheSameBits) {
  pretrain();
  const auto run = [&](const std::string& output, std::int64_t stop_at) {
    AdaptSettings settings = adapt_settings("base", output);
    settings.diffusion.time_warping = true;
    settings.attention_annealing_steps = 4;
    settings.loop.steps = 8;
    settings.loop.accumulation = 2;
    RunObserver observer;
    std::int64_t step = 0;
    observer.loop.on_step = [&](const StepReport& report) { step = report.step; };
    observer.loop.stop_asked = [&] { return step == stop_at; };
    run_adapt(settings, "", observer);
  };
  run("whole", -1);
  run("stopped", 3);
  run("stopped", 6);
  run("stopped", -1);
  EXPECT_EQ(content("stopped/model.safetensors"), content("whole/model.safetensors"));
  EXPECT_EQ(content("stopped/checkpoints/step-00000008/optimizer.safetensors"),
            content("whole/checkpoints/step-00000008/optimizer.safetensors"));
  const auto shares = model::read_model_config(path("whole")).level_shares;
  EXPECT_EQ(shares.size(), diffusion::TimeWarp::kBins);
  EXPECT_EQ(model::read_model_config(path("stopped")).level_shares, shares);
  adapt();
  EXPECT_NE(content("adapted/model.safetensors"), content("whole/model.safetensors"));
  EXPECT_TRUE(model::read_model_config(path("adapted")).level_shares.empty());
}

TEST_F(RunsTest, TokenShardsTrainTheSameModelAsTheirText) {
  const auto tokenizer = text::load_tokenizer(path("tokenizer"));
  data::write_token_shards({path("train.documents.jsonl")}, *tokenizer, {}, data::Reading({}),
                           path("shards"), {});
  pretrain();
  PretrainSettings settings = pretrain_settings("from_shards");
  settings.paths.train = {path("shards")};
  run_pretrain(settings, "recipe: 1\n", {});
  EXPECT_EQ(content("from_shards/model.safetensors"), content("base/model.safetensors"));
  AdaptSettings adapting = adapt_settings();  // its tokenizer has one token more: padding
  adapting.paths.train = {path("shards")};
  EXPECT_NO_THROW(run_adapt(adapting, "", {}));
  TuneSettings tuning = tune_settings("base", "tuned", TuneObjective::kAutoregressive);
  tuning.paths.train = {path("shards")};
  EXPECT_EQ(error_of([&] { run_tune(tuning, "", {}); }),
            "data.train: expected dialogues, found token shards, which hold documents: " +
                path("shards").string());
}

TEST_F(RunsTest, AStreamedRunDependsOnTheSeedAndNotOnTheReadingThreads) {
  const auto weights_after = [&](std::int64_t workers, std::uint64_t seed,
                                 const std::string& output) {
    PretrainSettings settings = pretrain_settings(output);
    settings.paths.train = {path("train.documents.jsonl"), path("validation.documents.jsonl")};
    settings.paths.weights = {"0.75", "0.25"};
    settings.paths.shuffle_buffer = 5;
    settings.paths.reading.workers = workers;
    settings.seed = seed;
    run_pretrain(settings, "", {});
    return content(output + "/model.safetensors");
  };
  const std::string one = weights_after(1, 3, "one");
  EXPECT_EQ(weights_after(4, 3, "four"), one);
  EXPECT_NE(weights_after(1, 4, "other"), one);
}

TEST_F(RunsTest, BadLinesAreToldAndCounted) {
  std::ofstream(path("train.documents.jsonl"), std::ios::app) << "{\"text\": 3}\n";
  PretrainSettings settings = pretrain_settings();
  const std::string problem = path("train.documents.jsonl").string() +
                              ": line 41: text: expected a string, found a value of type number";
  EXPECT_EQ(error_of([&] { run_pretrain(settings, "", {}); }), problem);
  settings.paths.reading.on_bad_line = data::OnBadLine::kSkip;
  std::vector<std::string> notes;
  std::int64_t bad_lines = 0;
  RunObserver observer;
  observer.on_note = [&](const std::string& line) { notes.push_back(line); };
  observer.loop.on_step = [&](const StepReport& report) { bad_lines = report.data.bad_lines; };
  run_pretrain(settings, "", observer);
  EXPECT_EQ(bad_lines, 1);
  EXPECT_THAT(notes, ::testing::Contains("skipped: " + problem));
}

}  // namespace
}  // namespace tess2::train
