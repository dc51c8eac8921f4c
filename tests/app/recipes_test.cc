#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "core/settings.h"
#include "data/synth/write.h"
#include "train/runs.h"

namespace tess2::app {
namespace {

namespace fs = std::filesystem;

template <class Settings>
void load(const fs::path& recipe) {
  Settings settings;
  SettingsTable table(settings);
  table.load(recipe);
}

// A recipe is named after its subcommand, up to the first underscore.
std::string command_of(const fs::path& recipe) {
  const std::string stem = recipe.stem().string();
  return stem.substr(0, stem.find('_'));
}

TEST(Recipes, AreAllWhatTheirSubcommandReads) {
  const std::map<std::string, std::function<void(const fs::path&)>> loaders = {
      {"pretrain", load<train::PretrainSettings>}, {"adapt", load<train::AdaptSettings>},
      {"tune", load<train::TuneSettings>},         {"reward", load<train::RewardSettings>},
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
  EXPECT_GE(count, 7);
}

}  // namespace
}  // namespace tess2::app
