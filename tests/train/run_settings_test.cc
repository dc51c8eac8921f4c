#include <gmock/gmock.h>

#include <string>

#include "core/error.h"
#include "core/settings.h"
#include "support/temporary_folder.h"
#include "train/runs.h"

namespace tess2::train {
namespace {

using test_support::error_of;
using ::testing::HasSubstr;

/// What a recipe is refused for.
template <class Settings>
std::string refusal(const std::string& yaml) {
  return error_of([&] {
    Settings settings;
    SettingsTable table(settings);
    table.parse(yaml, "recipe.yaml");
    table.check_complete();
  });
}

constexpr const char* kPaths = "base: b\ndata: {train: t, validation: v, output: o}\n";

TEST(RunSettings, ARecipeReachesEveryPart) {
  AdaptSettings settings;
  SettingsTable table(settings);
  table.parse(std::string(kPaths) +
                  "length: 64\nmasks: prefix_lm\n"
                  "diffusion: {timesteps: 200, schedule: linear, validation_timesteps: [5, 150]}\n"
                  "loop: {steps: 9, learning_rate: {peak: 0.5, decay: cosine}, "
                  "optimizer: {beta2: 0.95}}\n",
              "recipe.yaml");
  table.check_complete();
  EXPECT_EQ(settings.base, "b");
  EXPECT_EQ(settings.paths.output, "o");
  EXPECT_EQ(settings.length, 64);
  EXPECT_EQ(settings.masks, data::MaskObjective::kPrefixLm);
  EXPECT_EQ(settings.diffusion.objective.timesteps, 200);
  EXPECT_EQ(settings.diffusion.objective.schedule, diffusion::ScheduleKind::kLinear);
  EXPECT_EQ(settings.diffusion.validation_timesteps, (std::vector<std::string>{"5", "150"}));
  EXPECT_EQ(settings.loop.steps, 9);
  EXPECT_EQ(settings.loop.learning_rate.decay, Decay::kCosine);
  EXPECT_EQ(settings.loop.optimizer.beta2, 0.95);
}

TEST(RunSettings, EachRunWritesItsSettingsAsItReadsThem) {
  TuneSettings settings;
  SettingsTable table(settings);
  table.parse(std::string(kPaths) + "objective: autoregressive\ndialogue: prefix_turns\n",
              "recipe.yaml");
  TuneSettings copy;
  SettingsTable again(copy);
  again.parse(table.to_yaml(), "recipe.yaml");
  EXPECT_EQ(again.to_yaml(), table.to_yaml());
  EXPECT_EQ(copy.objective, TuneObjective::kAutoregressive);
  EXPECT_EQ(copy.dialogue, text::DialogueMode::kPrefixTurns);
}

TEST(RunSettings, WhatIsNeededIsAskedFor) {
  EXPECT_THAT(refusal<AdaptSettings>("length: 64\n"), HasSubstr("base"));
  EXPECT_THAT(refusal<TuneSettings>("base: b\n"), HasSubstr("data.train"));
  EXPECT_THAT(refusal<RewardSettings>("base: b\ndata: {train: t, validation: v}\n"),
              HasSubstr("data.output"));
  EXPECT_EQ(refusal<PretrainSettings>("data: {train: t, validation: v, output: o}\n"),
            "nothing thrown");
}

TEST(RunSettings, ValuesOutOfRangeAreRefused) {
  const auto adapt = [](const std::string& line) {
    return refusal<AdaptSettings>(kPaths + line + "\n");
  };
  EXPECT_THAT(adapt("length: 2"), HasSubstr(">= 3"));
  EXPECT_THAT(adapt("masks: half"), HasSubstr("masks"));
  EXPECT_THAT(adapt("diffusion: {self_condition_probability: 1.5}"), HasSubstr("<= 1"));
  EXPECT_THAT(adapt("diffusion: {validation_timesteps: []}"), HasSubstr("of whole numbers"));
  EXPECT_THAT(adapt("diffusion: {validation_timesteps: [1, 2x]}"), HasSubstr("of whole numbers"));
  EXPECT_THAT(adapt("diffusion: {validation_timesteps: [-1]}"), HasSubstr("of whole numbers"));
  EXPECT_THAT(adapt("diffusion: {validation_timesteps: [99999999999999999999]}"),
              HasSubstr("of whole numbers"));
  EXPECT_THAT(adapt("loop: {steps: 0}"), HasSubstr(">= 1"));
  EXPECT_THAT(adapt("loop: {learning_rate: {peak: 0}}"), HasSubstr("> 0"));
  EXPECT_THAT(adapt("loop: {optimizer: {beta1: 1}}"), HasSubstr("< 1"));
  EXPECT_EQ(adapt("length: 3"), "nothing thrown");
}

TEST(RunSettings, AnUnknownKeyNamesTheNearest) {
  EXPECT_THAT(refusal<AdaptSettings>(std::string(kPaths) + "loop: {batchsize: 3}\n"),
              HasSubstr("loop.batch_size"));
}

}  // namespace
}  // namespace tess2::train
