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
            "length: 0\nsteps: 100\nuntil_converged: false\nsampler: ddpm\n"
            "schedule: squaredcos_improved_ddpm\nspacing: learned\ntop_p: 0.99\ntemperature: "
            "1\nguidance:\n"
            "  scale: 0\n  inner_steps: 1\n  temperature: 1\n  input: softmax\nconverge:\n"
            "  schedule_steps: 20\n  stable_steps: 4\n  divergence: 0.01\nprompt_cache: 1\n"
            "block_length: 0\nshrink: false\n"
            "commit:\n  enabled: false\n  place: beginning\n  stable_steps: 3\n"
            "  probability: 0.9\n");
  EXPECT_FALSE(settings_.session.adapts());
}

TEST_F(GenerateSettingsTest, EachKeyReachesItsSetting) {
  for (const char* assignment : {"length=64",
                                 "steps=5",
                                 "sampler=ddim",
                                 "schedule=linear",
                                 "spacing=uniform",
                                 "top_p=0",
                                 "temperature=0.5",
                                 "guidance.scale=20",
                                 "guidance.inner_steps=3",
                                 "guidance.temperature=2",
                                 "guidance.input=gumbel",
                                 "until_converged=true",
                                 "converge.schedule_steps=30",
                                 "converge.stable_steps=5",
                                 "converge.divergence=0.5",
                                 "prompt_cache=4",
                                 "block_length=8",
                                 "shrink=true",
                                 "commit.enabled=true",
                                 "commit.place=anywhere",
                                 "commit.stable_steps=2",
                                 "commit.probability=0.5"}) {
    set(assignment);
  }
  EXPECT_EQ(settings_.length, 64);
  EXPECT_EQ(settings_.session.sampler.steps, 5);
  EXPECT_EQ(settings_.session.sampler.kind, diffusion::SamplerKind::kDdim);
  EXPECT_EQ(settings_.session.sampler.schedule, diffusion::ScheduleKind::kLinear);
  EXPECT_EQ(settings_.session.sampler.spacing, diffusion::StepSpacing::kUniform);
  EXPECT_EQ(settings_.session.sampler.projection.top_p, 0.0);
  EXPECT_EQ(settings_.session.sampler.projection.temperature, 0.5);
  EXPECT_EQ(settings_.session.guidance.scale, 20.0);
  EXPECT_EQ(settings_.session.guidance.inner_steps, 3);
  EXPECT_EQ(settings_.session.guidance.temperature, 2.0);
  EXPECT_EQ(settings_.session.guidance.input, diffusion::GuidanceInput::kGumbel);
  EXPECT_TRUE(settings_.session.until_converged);
  EXPECT_EQ(settings_.session.convergence.schedule_steps, 30);
  EXPECT_EQ(settings_.session.convergence.stable_steps, 5);
  EXPECT_EQ(settings_.session.convergence.divergence, 0.5);
  EXPECT_EQ(settings_.session.sampler.prompt_cache, 4);
  EXPECT_EQ(settings_.session.block_length, 8);
  EXPECT_TRUE(settings_.session.shrink);
  EXPECT_TRUE(settings_.session.commitment.enabled);
  EXPECT_EQ(settings_.session.commitment.place, CommitmentPlace::kAnywhere);
  EXPECT_EQ(settings_.session.commitment.stable_steps, 2);
  EXPECT_EQ(settings_.session.commitment.probability, 0.5);
}

TEST_F(GenerateSettingsTest, EachAdaptiveSettingAdapts) {
  for (const char* assignment : {"until_converged=true", "prompt_cache=2", "block_length=8",
                                 "shrink=true", "commit.enabled=true"}) {
    GenerateSettings settings;
    SettingsTable(settings).set(assignment, "--set");
    EXPECT_TRUE(settings.session.adapts()) << assignment;
  }
}

TEST_F(GenerateSettingsTest, StepsAreANumberOrAuto) {
  set_steps(table_, "auto", "--steps");
  EXPECT_TRUE(settings_.session.until_converged);
  EXPECT_EQ(settings_.session.sampler.steps, 100) << "the most";
  set_steps(table_, "12", "--steps");
  EXPECT_FALSE(settings_.session.until_converged);
  EXPECT_EQ(settings_.session.sampler.steps, 12);
  EXPECT_EQ(error_of([&] { set_steps(table_, "atuo", "--steps"); }),
            "--steps: expected integer >= 1 or auto, found atuo");
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
