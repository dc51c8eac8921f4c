#include "generate/settings.h"

#include <gtest/gtest.h>

#include <string>

#include "core/error.h"
#include "core/settings.h"
#include "support/temporary_folder.h"

namespace tess2::generate {
namespace {

using test_support::error_of;

class GenerateSettingsTest : public testing::Test {
 protected:
  void set(const std::string& assignment) { table_.set(assignment, "--set"); }

  GenerateSettings settings_;
  SettingsTable table_{settings_};
};

TEST_F(GenerateSettingsTest, TheDefaultsAreThePapers) {
  EXPECT_EQ(table_.to_yaml(),
            "length: 0\nsteps: 100\nsampler: ddpm\nschedule: squaredcos_improved_ddpm\n"
            "top_p: 0.99\ntemperature: 1\nguidance:\n  scale: 0\n  inner_steps: 1\n"
            "  temperature: 1\n  input: softmax\n");
}

TEST_F(GenerateSettingsTest, EachKeyReachesItsSetting) {
  for (const char* assignment :
       {"length=64", "steps=5", "sampler=ddim", "schedule=linear", "top_p=0", "temperature=0.5",
        "guidance.scale=20", "guidance.inner_steps=3", "guidance.temperature=2",
        "guidance.input=gumbel"}) {
    set(assignment);
  }
  EXPECT_EQ(settings_.length, 64);
  EXPECT_EQ(settings_.sampler.steps, 5);
  EXPECT_EQ(settings_.sampler.kind, diffusion::SamplerKind::kDdim);
  EXPECT_EQ(settings_.sampler.schedule, diffusion::ScheduleKind::kLinear);
  EXPECT_EQ(settings_.sampler.projection.top_p, 0.0);
  EXPECT_EQ(settings_.sampler.projection.temperature, 0.5);
  EXPECT_EQ(settings_.guidance.scale, 20.0);
  EXPECT_EQ(settings_.guidance.inner_steps, 3);
  EXPECT_EQ(settings_.guidance.temperature, 2.0);
  EXPECT_EQ(settings_.guidance.input, diffusion::GuidanceInput::kGumbel);
}

TEST_F(GenerateSettingsTest, RefusesWhatCannotBeMeant) {
  EXPECT_EQ(error_of([&] { set("steps=0"); }), "--set steps: expected integer >= 1, found 0");
  EXPECT_EQ(error_of([&] { set("top_p=1.5"); }),
            "--set top_p: expected number >= 0 and <= 1, found 1.5");
  EXPECT_EQ(error_of([&] { set("sampler=ddp"); }),
            "--set sampler: expected one of ddpm, ddim, found ddp");
  EXPECT_EQ(error_of([&] { set("guidance.scal=1"); }),
            "--set guidance.scal: unknown key (did you mean guidance.scale?)");
}

TEST(CanvasLength, IsWhatWasAskedForElseWhatWasTrained) {
  EXPECT_EQ(canvas_length_for(64, 112), 64);
  EXPECT_EQ(canvas_length_for(0, 112), 112);
  EXPECT_EQ(canvas_length_for(0, 0), 256);
}

}  // namespace
}  // namespace tess2::generate
