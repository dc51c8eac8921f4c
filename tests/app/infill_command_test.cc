#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/app_test_support.h"

namespace tess2::app {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

using Arguments = std::vector<std::string>;

class InfillCommandTest : public CommandTest {
 protected:
  static Arguments infill(const std::string& model, const Arguments& more) {
    Arguments all{"infill", "-q", "-m", model, "--set", "steps=3"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_F(InfillCommandTest, FillsTheHolesAndKeepsTheRest) {
  const std::string model = make_diffusion();
  const std::string text = "the  cat [[2]]\tsat,\non [[1-3]]. \xc3\xa9";
  const std::string filled = out_of(infill(model, {"--text", text}));
  EXPECT_THAT(filled, StartsWith("the  cat "));
  EXPECT_THAT(filled, HasSubstr("\tsat,\non "));
  EXPECT_THAT(filled, EndsWith(". \xc3\xa9\n"));
  EXPECT_EQ(filled, out_of(infill(model, {"--text", text}))) << "the same seed";
  EXPECT_NE(filled, out_of(infill(model, {"--text", text, "--seed", "9"})));
}

TEST_F(InfillCommandTest, ReadsAFile) {
  const std::string model = make_diffusion();
  const std::string file = write("text.txt", "the cat [[2]] sat\n");
  const std::string filled = out_of(infill(model, {file}));
  EXPECT_EQ(filled, out_of(infill(model, {"--text", "the cat [[2]] sat\n"})));
  EXPECT_THAT(filled, EndsWith(" sat\n"));
}

TEST_F(InfillCommandTest, StepsThatWereSavedAreTold) {
  const std::string model = make_diffusion();
  const auto told = [&](const Arguments& more) {
    Arguments all{"infill", "-m", model, "--text", "the [[2]] sat"};
    all.insert(all.end(), more.begin(), more.end());
    set_log_level(LogLevel::kInfo);
    testing::internal::CaptureStderr();
    out_of(all);
    return testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(told({"--steps", "3"}), "");
  EXPECT_EQ(told({"--steps", "auto", "--set", "converge.schedule_steps=4"}), "4 steps\n");
}

TEST_F(InfillCommandTest, PrintsTheHolesAlone) {
  const std::string model = make_diffusion();
  const std::string text = "the [[2]] sat [[1]].";
  const std::string holes = out_of(infill(model, {"--text", text, "--holes"}));
  EXPECT_EQ(std::ranges::count(holes, '\n'), 2);
}

TEST_F(InfillCommandTest, LiveShowsTheStepsAndThenTheSameText) {
  const std::string model = make_diffusion();
  const std::string text = "the [[2]] sat [[1]].";
  const std::string live = out_of(infill(model, {"--text", text, "--live"}));
  EXPECT_THAT(live, StartsWith("step 1/3, 0 of 2 settled: the "));
  EXPECT_THAT(live, EndsWith("\n" + out_of(infill(model, {"--text", text}))));
}

TEST_F(InfillCommandTest, AnswersAPrompt) {
  const std::string model = make_diffusion();
  EXPECT_NE(out_of(infill(model, {"--text", "the [[9]]"})),
            out_of(infill(model, {"--text", "the [[9]]", "--prompt", "a small story"})));
}

TEST_F(InfillCommandTest, SaysWhatIsWrong) {
  const std::string model = make_diffusion();
  const auto usage = [&](const Arguments& more) {
    return error_of(kWrongUsage, infill(model, more));
  };
  EXPECT_EQ(usage({"--text", "no hole"}), "text: expected a hole such as [[8]], found none");
  EXPECT_THAT(usage({"--text", "a [[0]]"}),
              StartsWith("hole at byte 2: expected [[N]] or [[N-M]]"));
  EXPECT_EQ(usage({"x.txt", "--text", "a"}), "--text: not together with a file");
  EXPECT_THAT(error_of(kFailed, infill(model, {path("none.txt").string()})), HasSubstr("none.txt"));
  EXPECT_THAT(error_of(kFailed, {"infill", "-m", make_causal(), "--text", "[[2]]"}),
              HasSubstr("expected a diffusion model, found an autoregressive model"));
  EXPECT_EQ(error_of(kWrongUsage, {"infill", "--text", "[[2]]"}),
            "--model: expected a checkpoint's folder, found nothing");
}

}  // namespace
}  // namespace tess2::app
