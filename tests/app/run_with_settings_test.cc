#include "app/run_with_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "core/log.h"

namespace tess2::app {
namespace {

using testing::HasSubstr;

struct JobSettings {
  std::int64_t steps = 600;
  std::string title;
  std::filesystem::path output;
  void bind(SettingsBinder& b) {
    b.field("steps", steps, "optimizer steps").at_least(1);
    b.field("title", title, "shown in the log");
    b.field("output", output, "folder to write").required();
  }
};

int never_called(const CommandLine&) {
  return 1;
}
constexpr Command kJob = {"job", "Do a job", "tess2 job MODEL -c job.yaml", never_called};

class RunWithSettingsTest : public testing::Test {
 protected:
  void SetUp() override { std::ofstream(recipe_) << "steps: 5\noutput: there\nseed: 3\n"; }
  void TearDown() override {
    std::filesystem::remove(recipe_);
    set_log_level(LogLevel::kInfo);
  }

  // What the body of the subcommand was given; "" where it was not reached.
  std::string run(const std::vector<std::string>& arguments) {
    std::string seen;
    out_.str("");
    const int code = run_with_settings<JobSettings>(
        CommandLine{kJob, arguments, out_},
        [&](OptionSet& options) { options.positional("MODEL", model_, "checkpoint"); },
        [&](const JobSettings& settings, const app::Run& run) {
          seen = std::to_string(settings.steps) + " " + settings.output.string() + " " +
                 std::to_string(run.seed) + " " + model_.string();
          resolved_ = run.recipe;
        });
    EXPECT_EQ(code, 0);
    return seen;
  }

  std::string error(const std::vector<std::string>& arguments) {
    try {
      run(arguments);
    } catch (const UsageError& usage_error) {
      return usage_error.what();
    }
    return "no error";
  }

  const std::string recipe_ =
      testing::TempDir() + "run_with_settings_test_" + std::to_string(getpid()) + ".yaml";
  std::ostringstream out_;
  std::filesystem::path model_;
  std::string resolved_;
};

TEST_F(RunWithSettingsTest, TheRecipeComesFirstThenSetThenTheOptionsOfTheirOwn) {
  EXPECT_EQ(run({"m", "-c", recipe_}), "5 there 3 m");
  EXPECT_EQ(run({"m", "--set", "steps=6", "--config", recipe_, "--set", "steps=7"}), "7 there 3 m");
  EXPECT_EQ(run({"m", "-c", recipe_, "--seed", "9", "--set", "seed=8"}), "5 there 9 m");
}

TEST_F(RunWithSettingsTest, TheResolvedRecipeHoldsEveryKey) {
  run({"m", "--set", "output=o", "--threads", "1"});
  EXPECT_EQ(resolved_, "steps: 600\ntitle: \"\"\noutput: o\nseed: 0\nthreads: 1\n");
}

TEST_F(RunWithSettingsTest, ErrorsNameTheirSource) {
  EXPECT_EQ(error({"m", "-c", recipe_, "--seed", "-1"}), "--seed: expected integer >= 0, found -1");
  EXPECT_EQ(error({"m", "-c", recipe_, "--threads", "many"}),
            "--threads: expected integer >= 0 and <= 1024, found many");
  EXPECT_EQ(error({"m", "--set", "step=1"}), "--set step: unknown key (did you mean steps?)");
  EXPECT_EQ(error({"m", "--sed", "1"}), "unknown option --sed (did you mean --set?)");
  EXPECT_EQ(error({"-c", recipe_}), "MODEL: expected an argument, found nothing");
  EXPECT_THAT(error({"m"}), HasSubstr("output: expected path, found nothing"));
}

TEST_F(RunWithSettingsTest, AMissingRecipeIsAFailureNotWrongUsage) {
  EXPECT_THROW(run({"m", "-c", "no/such/recipe.yaml"}), FileError);
}

TEST_F(RunWithSettingsTest, HelpListsOptionsAndKeysWithoutRunning) {
  EXPECT_EQ(run({"--help"}), "");
  const std::string help = out_.str();
  EXPECT_THAT(help, HasSubstr("tess2 job: Do a job\n\nusage: tess2 job [OPTION]... MODEL\n"));
  EXPECT_THAT(help, HasSubstr("\narguments:\n  MODEL  checkpoint\n"));
  EXPECT_THAT(help, HasSubstr("\n  -c, --config FILE  recipe to read (YAML)\n"));
  EXPECT_THAT(help, HasSubstr("\n  steps    600  optimizer steps (integer >= 1)\n"));
  EXPECT_THAT(help, HasSubstr("\n  title    \"\"   shown in the log (text)\n"));
  EXPECT_THAT(help, HasSubstr("\nexample:\n  tess2 job MODEL -c job.yaml\n"));
}

TEST_F(RunWithSettingsTest, VersionIsPrintedWithoutRunning) {
  EXPECT_EQ(run({"--version"}), "");
  EXPECT_THAT(out_.str(), HasSubstr("oneDNN"));
}

TEST_F(RunWithSettingsTest, QuietSilencesTheLog) {
  run({"m", "-c", recipe_});
  EXPECT_EQ(log_level(), LogLevel::kInfo);
  run({"m", "-c", recipe_, "-q"});
  EXPECT_EQ(log_level(), LogLevel::kQuiet);
}

struct SeededSettings {
  std::int64_t seed = 1;
  void bind(SettingsBinder& b) { b.field("seed", seed, "a seed of its own"); }
};

TEST_F(RunWithSettingsTest, ASeedOfTheSettingsOwnIsWhatTheOptionSets) {
  const std::vector<std::string> arguments{"--seed", "9"};
  std::int64_t seen = 0;
  run_with_settings<SeededSettings>(
      CommandLine{kJob, arguments, out_},
      [&](const SeededSettings& settings, const app::Run&) { seen = settings.seed; });
  EXPECT_EQ(seen, 9);
}

}  // namespace
}  // namespace tess2::app
