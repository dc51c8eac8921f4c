#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <type_traits>

#include "core/settings.h"
#include "data/synth/write.h"
#include "train/check_run.h"
#include "train/runs.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

/// Reads a recipe; throws what is wrong with it.
template <class Settings>
void load(const fs::path& recipe) {
  Settings settings;
  SettingsTable table(settings);
  table.load(recipe);
}

/// As above, and its values must fit each other. What a recipe leaves to its user is made up.
template <class Settings>
void load_run(const fs::path& recipe) {
  Settings settings;
  SettingsTable table(settings);
  table.load(recipe);
  if constexpr (std::is_same_v<Settings, train::PretrainSettings>) {
    if (settings.base.empty() && settings.tokenizer.empty()) settings.tokenizer = "tokenizer";
  }
  Problems problems;
  train::check_values(settings, problems);
  problems.raise();
}

/// A recipe of the paper is complete: only the command is to be named.
template <class Settings>
Settings complete(const std::string& name) {
  Settings settings;
  SettingsTable table(settings);
  table.load(fs::path(TESS2_SOURCE_DIR) / "recipes/paper" / name);
  table.check_complete();
  return settings;
}

// A recipe is named after its subcommand, up to the first underscore.
std::string command_of(const fs::path& recipe) {
  const std::string stem = recipe.stem().string();
  return stem.substr(0, stem.find('_'));
}

TEST(Recipes, AreAllWhatTheirSubcommandReads) {
  const std::map<std::string, std::function<void(const fs::path&)>> loaders = {
      {"pretrain", load_run<train::PretrainSettings>}, {"adapt", load_run<train::AdaptSettings>},
      {"tune", load_run<train::TuneSettings>},         {"reward", load_run<train::RewardSettings>},
      {"synth", load<data::synth::SynthSettings>},
  };
  int count = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(TESS2_SOURCE_DIR) / "recipes")) {
    if (entry.path().extension() != ".yaml") continue;
    const auto loader = loaders.find(command_of(entry.path()));
    ASSERT_NE(loader, loaders.end()) << entry.path();
    EXPECT_NO_THROW(loader->second(entry.path())) << entry.path();
    ++count;
  }
  EXPECT_GE(count, 17);
}

std::string yaml_of(train::LoopSettings loop) {
  return SettingsTable(loop).to_yaml();
}

void expect_paper_loop(const train::LoopSettings& loop, std::int64_t steps, double peak) {
  EXPECT_EQ(loop.steps, steps);
  EXPECT_EQ(loop.batch_size * loop.accumulation, 128);
  EXPECT_EQ(loop.learning_rate.peak, peak);
  EXPECT_EQ(loop.optimizer.beta1, 0.9);
  EXPECT_EQ(loop.optimizer.beta2, 0.999);
  EXPECT_EQ(loop.optimizer.epsilon, 1e-8);
  EXPECT_EQ(loop.optimizer.weight_decay, 0.0);
  EXPECT_EQ(loop.optimizer.clip_norm, 1.0);
}

TEST(Recipes, OfThePaperHaveItsNumbers) {
  const auto adapt = complete<train::AdaptSettings>("adapt_7b.yaml");
  expect_paper_loop(adapt.loop, 171661, 1e-5);
  EXPECT_NEAR(static_cast<double>(adapt.loop.steps * 128 * adapt.length), 45e9, 1e6);
  EXPECT_EQ(adapt.loop.learning_rate.warmup_steps, 5000);
  EXPECT_EQ(adapt.loop.learning_rate.decay, train::Decay::kConstant);
  EXPECT_EQ(adapt.masks, data::MaskObjective::kUl2);
  EXPECT_EQ(adapt.diffusion.objective.timesteps, 5000);

  const auto tune = complete<train::TuneSettings>("tune_instructions.yaml");
  expect_paper_loop(tune.loop, 3 * 326154 / 128, 1e-5);
  EXPECT_EQ(tune.length, 2048);
  EXPECT_EQ(tune.loop.learning_rate.warmup_ratio, 0.03);
  EXPECT_EQ(tune.loop.learning_rate.decay, train::Decay::kCosine);
  EXPECT_EQ(tune.dialogue, text::DialogueMode::kFirstPair);

  const auto symbolic = complete<train::TuneSettings>("tune_gsm8k_symbolic.yaml");
  expect_paper_loop(symbolic.loop, 9038, 1e-5);

  const auto reward = complete<train::RewardSettings>("reward_ultrafeedback.yaml");
  expect_paper_loop(reward.loop, 61135 / 128, 2e-5);
  EXPECT_EQ(reward.length, 512);
  EXPECT_EQ(reward.loop.learning_rate.decay, train::Decay::kLinear);
  EXPECT_EQ(reward.loop.learning_rate.final_ratio, 0.1);
}

TEST(Recipes, TwinsDifferInNothingButTheirObjective) {
  const auto adapt = complete<train::AdaptSettings>("adapt_7b.yaml");
  const auto pretrain = complete<train::PretrainSettings>("pretrain_7b.yaml");
  EXPECT_EQ(yaml_of(adapt.loop), yaml_of(pretrain.loop));
  EXPECT_EQ(adapt.length, pretrain.length);
  EXPECT_EQ(adapt.paths.train, pretrain.paths.train);
  for (const std::string name : {"tune_instructions", "tune_gsm8k_symbolic"}) {
    const auto diffusion = complete<train::TuneSettings>(name + ".yaml");
    const auto twin = complete<train::TuneSettings>(name + "_autoregressive.yaml");
    EXPECT_EQ(diffusion.objective, train::TuneObjective::kDiffusion);
    EXPECT_EQ(twin.objective, train::TuneObjective::kAutoregressive);
    EXPECT_EQ(yaml_of(diffusion.loop), yaml_of(twin.loop));
    EXPECT_EQ(diffusion.length, twin.length);
    EXPECT_EQ(diffusion.paths.train, twin.paths.train);
  }
}

}  // namespace
}  // namespace tess2::app
