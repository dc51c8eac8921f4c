#include "train/run_folder.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "support/temporary_folder.h"
#include "train/linear_task.h"

namespace tess2::train {
namespace {

namespace fs = std::filesystem;
using test::LinearTask;
using test::settings_of;
using test::Told;
using test_support::error_of;
using test_support::names_in;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kRecipe = "loop:\n  steps: 7\n  save_every: 2\nthreads: 1\n";

class RunFolderTest : public ::testing::Test {
 protected:
  RunFolderTest() {
    settings_.save_every = 2;
    settings_.validate_every = 3;
  }

  LoopEnd run(LinearTask& task, Told& told, bool fresh = false) {
    RunFolder folder(output_, kRecipe, fresh);
    return run_training(task, settings_, told.observer(), &folder);
  }
  /// A run from where the folder stands, with a task of its own, that may be stopped.
  std::int64_t run_until(std::int64_t stop_at) {
    LinearTask task;
    Told told;
    told.stop_at = stop_at;
    return run(task, told).step;
  }
  std::string content(const std::string& name) const { return read_text_file(output_ / name); }
  std::vector<std::string> checkpoints() const { return names_in(output_ / "checkpoints"); }
  /// The steps of the metrics' lines that have `key`.
  std::vector<std::int64_t> recorded(const std::string& key) const {
    std::vector<std::int64_t> steps;
    std::ifstream in(output_ / kMetricsName);
    for (std::string line; std::getline(in, line);) {
      const auto json = nlohmann::json::parse(line);
      if (json.contains(key)) steps.push_back(json["step"]);
    }
    return steps;
  }
  /// The weights of a run that was never stopped.
  std::string undisturbed() {
    const fs::path output = std::exchange(output_, temporary_.path() / "whole");
    run_until(-1);
    std::string weights = content("model.safetensors");
    output_ = output;
    return weights;
  }

  test_support::TemporaryFolder temporary_;
  fs::path output_ = temporary_.path() / "run";
  LoopSettings settings_ = settings_of(7);
};

TEST_F(RunFolderTest, SavesWhenItIsDueAndKeepsTheNewest) {
  LinearTask task;
  Told told;
  run(task, told);
  EXPECT_THAT(told.saves, ElementsAre(2, 4, 6, 7));
  EXPECT_THAT(checkpoints(), ElementsAre("step-00000006", "step-00000007"));
  EXPECT_THAT(names_in(output_ / "checkpoints/step-00000007"),
              ElementsAre("DONE", "config.json", "model.safetensors", "optimizer.safetensors",
                          "recipe.yaml", "state.json"));
  const tensor::TensorFolder weights(output_);
  EXPECT_TRUE(weights.tensor("w").equal(task.weight.detach()));
  EXPECT_EQ(content("recipe.yaml"), kRecipe);
  EXPECT_FALSE(fs::exists(output_ / "state.json"));
}

TEST_F(RunFolderTest, SavesWhenMinutesHavePassed) {
  settings_.save_every = 0;
  settings_.save_minutes = 1e-12;
  settings_.keep_last = 3;
  LinearTask task;
  Told told;
  run(task, told);
  EXPECT_THAT(told.saves, ElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(checkpoints(), ElementsAre("step-00000005", "step-00000006", "step-00000007"));
}

TEST_F(RunFolderTest, KeepsTheBestOfTheValidations) {
  settings_.save_every = 0;
  settings_.keep_best = true;
  settings_.keep_last = 1;
  LinearTask task;
  task.validation_losses = {1.0, 0, 0, 5.0, 0, 0, 6.0, 5.5};
  Told told;
  run(task, told);
  EXPECT_THAT(told.validations, ElementsAre(0, 3, 6, 7));
  EXPECT_THAT(told.saves, ElementsAre(3, 7));
  EXPECT_THAT(checkpoints(), ElementsAre("step-00000003", "step-00000007"));
}

TEST_F(RunFolderTest, ARunThatWasStoppedGoesOnAndEndsWithTheSameBits) {
  const std::string expected = undisturbed();
  for (const std::int64_t stop_at : {1, 2, 5, 6, 7}) {
    fs::remove_all(output_);
    EXPECT_EQ(run_until(stop_at), stop_at);
    EXPECT_EQ(fs::exists(output_ / "config.json"), stop_at == 7);
    LinearTask task;
    Told told;
    EXPECT_TRUE(run(task, told).finished);
    EXPECT_THAT(told.starts, ElementsAre(stop_at));
    EXPECT_EQ(task.asked.size(), static_cast<std::size_t>(7 - stop_at));
    EXPECT_EQ(task.resumed, "after " + std::to_string(stop_at - 1));
    EXPECT_EQ(task.restored, "from " + std::to_string(stop_at));
    EXPECT_EQ(content("model.safetensors"), expected) << stop_at;
    EXPECT_THAT(recorded("loss"), ElementsAre(1, 2, 3, 4, 5, 6, 7));
    EXPECT_THAT(recorded("validation"), ElementsAre(0, 3, 6, 7));
  }
}

TEST_F(RunFolderTest, StepsAfterTheLastCheckpointAreTakenAgainAndToldOnce) {
  const std::string expected = undisturbed();
  LinearTask broken;
  broken.broken_index = 5;  // the run dies in step 6, after the checkpoint of step 4
  Told told;
  EXPECT_THAT(error_of([&] { run(broken, told); }), HasSubstr("training step 6"));
  EXPECT_THAT(recorded("loss"), ElementsAre(1, 2, 3, 4, 5));
  run_until(-1);
  EXPECT_EQ(content("model.safetensors"), expected);
  EXPECT_THAT(recorded("loss"), ElementsAre(1, 2, 3, 4, 5, 6, 7));
}

TEST_F(RunFolderTest, AFinishedRunIsNotTrainedAgainButMended) {
  run_until(-1);
  const std::string weights = content("model.safetensors");
  fs::remove(output_ / "config.json");
  fs::remove(output_ / "model.safetensors");
  const auto names = names_in(output_);
  const fs::path part = output_ / ".config.json.17-0.part";  // as killed while it was written
  std::ofstream(part) << "{";
  LinearTask task;
  Told told;
  EXPECT_TRUE(run(task, told).finished);
  EXPECT_TRUE(task.asked.empty());
  EXPECT_THAT(told.validations, ElementsAre());
  EXPECT_EQ(content("model.safetensors"), weights);
  EXPECT_EQ(content("config.json"), "{}");
  EXPECT_FALSE(fs::exists(part));
  EXPECT_EQ(names_in(output_).size(), names.size() + 2);
}

TEST_F(RunFolderTest, FreshStartsOver) {
  run_until(4);
  LinearTask task;
  Told told;
  run(task, told, true);
  EXPECT_THAT(told.starts, ElementsAre(0));
  EXPECT_EQ(task.asked.size(), 7u);
  EXPECT_THAT(recorded("loss"), ElementsAre(1, 2, 3, 4, 5, 6, 7));
}

TEST_F(RunFolderTest, HalfWrittenCheckpointsAreNoneAndAreRemoved) {
  const std::string expected = undisturbed();
  run_until(4);
  const fs::path folder = output_ / "checkpoints";
  fs::copy(folder / "step-00000004", folder / "step-00000005");
  fs::remove(folder / "step-00000005" / kDoneName);  // no marker
  fs::copy(folder / "step-00000004", folder / "step-00000006");
  fs::resize_file(folder / "step-00000006" / kOptimizerName, 9);  // cut off
  fs::create_directory(folder / ".step-00000007.99-0.part");
  EXPECT_EQ(Checkpoints(folder).steps(), (std::vector<std::int64_t>{2, 4}));
  LinearTask task;
  Told told;
  run(task, told);
  EXPECT_THAT(told.starts, ElementsAre(4));
  EXPECT_EQ(content("model.safetensors"), expected);
  EXPECT_THAT(checkpoints(), ElementsAre("step-00000006", "step-00000007"));
}

TEST_F(RunFolderTest, AFailingSaveLeavesTheCheckpointsAsTheyWere) {
  run_until(4);
  const auto before = checkpoints();
  RunFolder folder(output_, kRecipe, false);
  const auto full = [](const fs::path& aside) {
    std::ofstream(aside / "model.safetensors") << "half";
    throw FileError(aside / "model.safetensors", "cannot be written: No space left on device");
  };
  EXPECT_THAT(error_of([&] { folder.save({.step = 5, .data_position = ""}, full, 1); }),
              HasSubstr("No space left on device"));
  EXPECT_EQ(checkpoints(), before);
  EXPECT_EQ(folder.last_state()->step, 4);
}

TEST_F(RunFolderTest, OtherSettingsAreRefusedAndTheFirstIsNamed) {
  const auto complaint = [&](const std::string& recipe) {
    return error_of([&] { RunFolder::check_settings(output_, recipe); });
  };
  EXPECT_EQ(complaint("seed: 5\n"), "nothing thrown");
  run_until(4);
  EXPECT_EQ(complaint(kRecipe), "nothing thrown");
  EXPECT_EQ(complaint("loop:\n  steps: 7\n  save_every: 9\nthreads: 2\n"), "nothing thrown");
  EXPECT_EQ(complaint("loop:\n  steps: 8\n  save_every: 2\nthreads: 1\nseed: 5\n"),
            output_.string() +
                ": loop.steps: expected 7, as for the 4 steps done, found 8 (--fresh starts over)");
}

TEST_F(RunFolderTest, OneProcessAtATime) {
  const RunFolder first(output_, kRecipe, false);
  EXPECT_EQ(error_of([&] { RunFolder second(output_, kRecipe, false); }),
            (output_ / kMetricsName).string() + ": cannot be written: another process has it open");
}

TEST_F(RunFolderTest, WhatCannotBeARunsFolderIsToldBeforehand) {
  EXPECT_NO_THROW(RunFolder::check(output_));
  EXPECT_FALSE(fs::exists(output_));
  fs::create_directory(output_);
  EXPECT_NO_THROW(RunFolder::check(output_));
  std::ofstream(output_ / "thesis.txt") << "years";
  EXPECT_THAT(error_of([&] { RunFolder::check(output_); }),
              HasSubstr("run: expected a free name or a run's folder, found one without"));
  EXPECT_THAT(error_of([&] { RunFolder::check(output_ / "thesis.txt"); }),
              HasSubstr("expected a free name or a run's folder, found a file"));
  EXPECT_THAT(error_of([&] { RunFolder::check(output_ / "thesis.txt" / "run"); }),
              HasSubstr("cannot be written"));
  std::ofstream(output_ / "config.json") << "{}";
  EXPECT_NO_THROW(RunFolder::check(output_));
}

TEST_F(RunFolderTest, AFolderThatMayNotBeWrittenIsToldBeforehand) {
  // The kernel's own folders stop the root user, too.
  EXPECT_THAT(error_of([] { RunFolder::check("/proc/run"); }),
              HasSubstr("/proc/run: cannot be written: "));
  if (::geteuid() == 0) return;
  fs::create_directory(output_);
  ::chmod(output_.c_str(), 0555);
  EXPECT_THAT(error_of([&] { RunFolder::check(output_ / "deeper" / "run"); }),
              HasSubstr("cannot be written: Permission denied"));
}

TEST_F(RunFolderTest, ADiskWithoutRoomIsToldBeforehand) {
  const RunFolder folder(output_, kRecipe, false);
  EXPECT_NO_THROW(folder.check_room(1, 3));
  const auto huge = std::numeric_limits<std::uintmax_t>::max() / 8;
  EXPECT_THAT(error_of([&] { folder.check_room(huge, 3); }),
              HasSubstr(" GB free for 4 checkpoints, found "));
  EXPECT_THAT(error_of([&] { folder.check_room(huge, 3); }), HasSubstr("run: expected "));
}

TEST_F(RunFolderTest, TheFinishedModelReplacesAnOlderOneOfOtherFiles) {
  fs::create_directory(output_);
  for (const char* name : {"config.json", "model-00001-of-00002.safetensors",
                           "model.safetensors.index.json", "tokenizer.model"}) {
    std::ofstream(output_ / name) << "old";
  }
  run_until(-1);
  EXPECT_EQ(content("config.json"), "{}");
  EXPECT_THAT(names_in(output_), Not(::testing::Contains("model.safetensors.index.json")));
  EXPECT_THAT(names_in(output_), Not(::testing::Contains("model-00001-of-00002.safetensors")));
}

TEST(RunState, ComesBackFromItsText) {
  const RunState state{12, 3.25, 8, 1.0 / 3.0, R"({"block":3})", R"({"rises":[0.1]})"};
  const RunState back = parse_state(state_text(state), "state.json");
  EXPECT_EQ(back.step, 12);
  EXPECT_EQ(back.seconds, 3.25);
  EXPECT_EQ(back.best_step, 8);
  EXPECT_EQ(back.best_loss, 1.0 / 3.0);
  EXPECT_EQ(back.data_position, R"({"block":3})");
  EXPECT_EQ(back.learned, R"({"rises":[0.1]})");
}

TEST(RunState, WhatIsNoStateIsRefused) {
  const auto complaint = [](const std::string& text) {
    return error_of([&] { parse_state(text, "state.json"); });
  };
  EXPECT_EQ(complaint("{}"), "state.json: step: expected a value, found none");
  EXPECT_THAT(complaint(R"({"step": "x"})"), HasSubstr("state.json: step: expected"));
  EXPECT_THAT(complaint("["), HasSubstr("state.json: expected a JSON object"));
}

}  // namespace
}  // namespace tess2::train
