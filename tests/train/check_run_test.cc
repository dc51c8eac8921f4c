// What is wrong with values among themselves; files and folders are in runs_test.cc.
#include "train/check_run.h"

#include <gmock/gmock.h>

#include <functional>

#include "support/temporary_folder.h"

namespace tess2::train {
namespace {

using test_support::error_of;
using ::testing::HasSubstr;

/// What is wrong with settings that `change` was made to.
template <class Settings>
std::string problems(const std::function<void(Settings&)>& change) {
  return error_of([&] {
    Settings settings;
    change(settings);
    Problems found;
    check_values(settings, found);
    found.raise();
  });
}

constexpr const char* kNone = "nothing thrown";

TEST(CheckRun, TheDefaultsAreFine) {
  EXPECT_EQ(problems<AdaptSettings>([](auto&) {}), kNone);
  EXPECT_EQ(problems<TuneSettings>([](auto&) {}), kNone);
  EXPECT_EQ(problems<RewardSettings>([](auto&) {}), kNone);
  EXPECT_EQ(problems<PretrainSettings>([](auto& s) { s.tokenizer = "t"; }), kNone);
}

TEST(CheckRun, TheLearningRateMustFitTheRun) {
  const auto with = [](const std::function<void(LearningRateSettings&)>& change) {
    return problems<AdaptSettings>([&](auto& s) {
      s.loop.steps = 100;
      change(s.loop.learning_rate);
    });
  };
  EXPECT_EQ(with([](auto& r) { r.warmup_steps = 101; }),
            "loop.learning_rate.warmup_steps: expected at most loop.steps (100), found 101");
  EXPECT_EQ(with([](auto& r) { r.warmup_steps = 100; }), kNone);
  EXPECT_EQ(with([](auto& r) {
              r.warmup_steps = 5;
              r.warmup_ratio = 0.03;
            }),
            "loop.learning_rate.warmup_ratio: expected 0 beside warmup_steps (5), found 0.03");
  EXPECT_EQ(with([](auto& r) { r.final_ratio = 0.1; }),
            "loop.learning_rate.final_ratio: expected 0 where decay is constant, found 0.1");
  EXPECT_EQ(with([](auto& r) {
              r.final_ratio = 0.1;
              r.decay = Decay::kLinear;
            }),
            kNone);
}

TEST(CheckRun, BatchesCheckpointsAndTheBufferMustFit) {
  EXPECT_EQ(problems<PretrainSettings>([](auto& s) {
              s.tokenizer = "t";
              s.loop.save_every = 1001;
            }),
            "loop.save_every: expected at most loop.steps (1000), found 1001");
  EXPECT_EQ(problems<RewardSettings>([](auto& s) { s.paths.shuffle_buffer = 15; }),
            "data.shuffle_buffer: expected at least loop.batch_size (16), found 15");
  EXPECT_EQ(problems<TuneSettings>([](auto& s) { s.loop.accumulation = 4294968; }),
            "loop.accumulation: expected at most 4294967295 micro-batches in loop.steps (1000), "
            "found 4294968 a step");
  EXPECT_THAT(problems<TuneSettings>([](auto& s) { s.loop.batch_size = INT64_MAX; }),
              HasSubstr("loop.batch_size: expected at most 2147483647 tokens in a micro-batch of "
                        "length 128, found 9223372036854775807 sequences"));
}

TEST(CheckRun, NoiseLevelsMustLieInTheSchedule) {
  EXPECT_EQ(problems<TuneSettings>([](auto& s) {
              s.diffusion.objective.timesteps = 100;
              s.diffusion.validation_timesteps = {"99", "100"};
            }),
            "diffusion.validation_timesteps: expected below diffusion.timesteps (100), found 100");
  const auto steps = [](std::int64_t samples) {
    return problems<AdaptSettings>([&](auto& s) {
      s.diffusion.samples = samples;
      s.diffusion.sample_steps = 5001;
    });
  };
  EXPECT_EQ(steps(1),
            "diffusion.sample_steps: expected at most diffusion.timesteps (5000), found 5001");
  EXPECT_EQ(steps(0), kNone);
}

TEST(CheckRun, MasksNeedRoom) {
  const auto with = [](data::MaskObjective masks, std::int64_t length, double holes = 0.0) {
    return problems<AdaptSettings>([&](auto& s) {
      s.masks = masks;
      s.length = length;
      s.elastic_holes = holes;
    });
  };
  EXPECT_EQ(with(data::MaskObjective::kUl2, 6),
            "length: expected at least 7 for masks ul2, found 6");
  EXPECT_EQ(with(data::MaskObjective::kUl2, 7), kNone);
  EXPECT_EQ(with(data::MaskObjective::kPrefixLm, 4),
            "length: expected at least 5 for masks prefix_lm, found 4");
  EXPECT_EQ(with(data::MaskObjective::kUnconditional, 3), kNone);
  EXPECT_EQ(with(data::MaskObjective::kPrefixLm, 64, 0.5),
            "elastic_holes: expected 0 for masks prefix_lm, which have no holes, found 0.5");
  EXPECT_EQ(with(data::MaskObjective::kUl2Variable, 64, 0.5), kNone);
}

TEST(CheckRun, WhatAnObjectiveCannotUseIsRefused) {
  EXPECT_EQ(problems<AdaptSettings>([](auto& s) { s.attention_annealing_steps = 1001; }),
            "attention_annealing_steps: expected at most loop.steps (1000), found 1001");
  EXPECT_EQ(problems<AdaptSettings>([](auto& s) {
              s.attention_annealing_steps = 9;
              s.parts.bidirectional = false;
            }),
            "attention_annealing_steps: expected 0 where parts.bidirectional is false, found 9");
  const auto warped = [](TuneObjective objective) {
    return problems<TuneSettings>([&](auto& s) {
      s.objective = objective;
      s.diffusion.time_warping = true;
    });
  };
  EXPECT_EQ(warped(TuneObjective::kAutoregressive),
            "diffusion.time_warping: expected false for objective autoregressive, found true");
  EXPECT_EQ(warped(TuneObjective::kDiffusion), kNone);
}

TEST(CheckRun, AllProblemsAreToldAtOnce) {
  const std::string told = problems<PretrainSettings>([](auto& s) {
    s.loop.learning_rate.warmup_steps = 2000;
    s.loop.learning_rate.final_ratio = 0.5;
    s.paths.shuffle_buffer = 1;
  });
  for (const char* key : {"pretrain: expected one of base and tokenizer", "warmup_steps",
                          "final_ratio", "shuffle_buffer"}) {
    EXPECT_THAT(told, HasSubstr(key));
  }
}

}  // namespace
}  // namespace tess2::train
